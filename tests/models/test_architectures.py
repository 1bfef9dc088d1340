from dataclasses import replace

import pytest
import torch

from langs.errors import InputError
from models.architectures import (
    architecture,
    architectures,
    forward_flops,
    inactive_parameters,
    training_flops_per_token,
)
from models.transformer import Transformer, TransformerConfig

T5_VOCABULARY = 32128


def count(config: TransformerConfig) -> int:
    with torch.device("meta"):
        return sum(p.numel() for p in Transformer(config).parameters())


def of_size(
    name: str, vocabulary_size: int = T5_VOCABULARY, **changes: object
) -> TransformerConfig:
    return replace(architecture(name), vocabulary_size=vocabulary_size, **changes)


def test_tiny_by_hand() -> None:
    attention, feed_forward, norm = 4 * 64 * 64, 2 * 64 * 256, 64
    encoder = 2 * (attention + feed_forward + 2 * norm)
    decoder = 2 * (2 * attention + feed_forward + 3 * norm)
    rest = 1000 * 64 + 2 * norm + 2 * 32 * 4  # embedding, final norms, relative positions
    dense = encoder + decoder + rest
    assert count(of_size("t5_tiny", 1000)) == dense
    # The second layer of encoder and decoder: 15 experts more, and a router.
    sparse = dense + 2 * (15 * feed_forward + 16 * 64)
    assert count(of_size("switch_tiny", 1000)) == sparse
    assert inactive_parameters(of_size("switch_tiny", 1000)) == 2 * 15 * feed_forward
    assert inactive_parameters(of_size("t5_tiny", 1000)) == 0


@pytest.mark.parametrize(
    ("name", "released", "separate_output"),
    [
        ("t5_small", 60_506_624, False),  # t5-small
        ("t5_base", 247_577_856, True),  # google/t5-v1_1-base
        ("t5_large", 783_150_080, True),
        ("t5_xxl", 11_135_332_352, True),
    ],
)
def test_dense_sizes_are_the_released_models(
    name: str, released: int, separate_output: bool
) -> None:
    assert count(of_size(name, separate_output=separate_output)) == released


@pytest.mark.parametrize(
    ("name", "billions", "rel"),
    [
        ("t5_base", 0.223, 0.01),  # table 6
        ("t5_large", 0.7, 0.08),
        ("t5_xxl", 11, 0.01),
        ("switch_base", 7.4, 0.01),  # table 8; table 9 says 7B
        ("switch_large", 26, 0.05),  # 27.1, of which 26.6 in the experts
        ("switch_xxl", 395, 0.01),
    ],
)
def test_parameters_of_table_9(name: str, billions: float, rel: float) -> None:
    assert count(of_size(name)) / 1e9 == pytest.approx(billions, rel=rel)


@pytest.mark.parametrize("name", ["tiny", "mini", "small", "base", "large", "xxl"])
def test_switch_differs_from_dense_by_its_experts_alone(name: str) -> None:
    dense, sparse = architecture(f"t5_{name}"), architecture(f"switch_{name}")
    assert sparse.experts > 0 == dense.experts
    assert replace(sparse, experts=0) == dense


def test_flops_of_a_small_case_by_hand() -> None:
    # d_model 8, d_ff 16, 2 heads of 4 (inner 8), 1 encoder and 1 decoder layer, vocabulary 10.
    config = TransformerConfig(10, 8, 16, 4, 2, 1, 1)
    source, target = 5, 3
    square, block = 2 * 8 * 8, 2 * (8 * 16 + 16 * 8)
    encoder = source * (4 * square + block) + 2 * 2 * source * source * 8
    own = target * (4 * square + block) + 2 * 2 * target * target * 8
    cross = 2 * target * square + 2 * source * square + 2 * 2 * target * source * 8
    output = 2 * target * 8 * 10
    total = encoder + own + cross + output
    assert forward_flops(config, source, target) == total
    assert training_flops_per_token(config, source, target) == 3 * total / 8
    gated = replace(config, gated=True)
    assert forward_flops(gated, source, target) == total + 2 * 8 * 16 * 8  # one product more


def test_switch_costs_the_dense_models_flops_and_a_router() -> None:
    dense, sparse = of_size("t5_tiny"), of_size("switch_tiny")
    routers = 2 * 64 * 16 * (128 + 29)  # in one encoder and one decoder layer
    assert forward_flops(sparse, 128, 29) == forward_flops(dense, 128, 29) + routers
    assert routers < 0.01 * forward_flops(dense, 128, 29)
    more = replace(sparse, experts=32)
    assert forward_flops(more, 128, 29) == forward_flops(dense, 128, 29) + 2 * routers


def test_flops_equal_the_profilers() -> None:
    # torch counts the matrix products it runs; attention through products too.
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode

    config = of_size("t5_tiny", 500)
    model = Transformer(config)
    source, target = torch.randint(2, 500, (1, 40)), torch.randint(2, 500, (1, 11))
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        model.logits(model(source, target).hidden)
    assert counter.get_total_flops() == forward_flops(config, 40, 11)


def test_unknown_name() -> None:
    with pytest.raises(InputError, match="unknown model 'switch_huge'; there are t5_tiny"):
        architecture("switch_huge")
    assert all(config.vocabulary_size == 0 for config in architectures().values())
