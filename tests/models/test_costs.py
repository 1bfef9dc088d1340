from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from models.architectures import architecture
from models.costs import (
    Lengths,
    active_parameters,
    forward_flops,
    on_meta,
    parameters,
    training_flops_per_token,
    weights,
)
from models.transformer import Transformer, TransformerConfig

CONFIGS = st.builds(
    TransformerConfig,
    vocabulary_size=st.integers(1, 50),
    d_model=st.sampled_from([8, 16, 40]),
    d_ff=st.sampled_from([8, 24, 32]),
    d_kv=st.integers(1, 8),
    heads=st.integers(1, 4),
    encoder_layers=st.integers(0, 5),
    decoder_layers=st.integers(0, 5),
    gated=st.booleans(),
    separate_output=st.booleans(),
    experts=st.sampled_from([0, 1, 2, 7]),
    sparse_every=st.integers(1, 3),
    top_k=st.sampled_from([1, 2]),
)


def by_formula(config: TransformerConfig, experts_met: int) -> int:
    """Parameters with so many experts of each Switch layer."""
    attention = 4 * config.d_model * config.heads * config.d_kv
    expert = config.d_model * config.d_ff * (3 if config.gated else 2)
    total = config.vocabulary_size * config.d_model * (1 + config.separate_output)
    for layers, attentions in ((config.encoder_layers, 1), (config.decoder_layers, 2)):
        total += config.d_model + 32 * config.heads  # final norm, relative positions
        sparse = layers // config.sparse_every if config.experts else 0
        total += layers * (attentions * attention + (attentions + 1) * config.d_model)
        total += (layers - sparse) * expert
        total += sparse * experts_met * expert
        total += sparse * config.experts * config.d_model  # routers
    return total


@settings(deadline=None, max_examples=50)
@given(CONFIGS)
def test_parameters_are_those_of_the_formula_and_of_a_real_model(config: TransformerConfig) -> None:
    of = weights(on_meta(config))
    real = sum(parameter.numel() for parameter in Transformer(config).parameters())
    assert parameters(of) == real == by_formula(config, config.experts)
    assert active_parameters(of) == by_formula(config, min(config.top_k, config.experts))


def counted_by_torch(config: TransformerConfig, lengths: Lengths) -> int:
    """The FLOPs that torch counts while a real model runs; grouped products are told to it."""

    def grouped(rows: Sequence[int], weight: Sequence[int], *_: object, **__: object) -> int:
        return 2 * rows[0] * weight[1] * weight[2]

    model = Transformer(config).eval()
    source, target = (torch.randint(2, config.vocabulary_size, (1, n)) for n in lengths)
    told = {torch.ops.aten._grouped_mm: grouped}
    with (
        torch.no_grad(),
        FlopCounterMode(display=False, custom_mapping=told) as counter,
        sdpa_kernel(SDPBackend.MATH),  # attention through products, which are counted
    ):
        model.logits(model(source, target).hidden)
    return counter.get_total_flops()


def test_flops_equal_torchs_count() -> None:
    config, lengths = replace(architecture("t5_tiny"), vocabulary_size=500), Lengths(40, 11)
    for changes in ({}, {"gated": True}, {"separate_output": True}, {"decoder_layers": 3}):
        changed = replace(config, **changes)
        assert counted_by_torch(changed, lengths) == forward_flops(on_meta(changed), lengths)


@pytest.mark.parametrize(
    "changes",
    [{"experts": 4}, {"experts": 8, "sparse_every": 1}, {"experts": 4, "top_k": 2, "gated": True}],
)
def test_flops_of_experts_equal_torchs_count(changes: dict[str, int]) -> None:
    config = replace(architecture("t5_tiny"), vocabulary_size=500, **changes)
    lengths = Lengths(40, 11)
    found = forward_flops(on_meta(config), lengths)
    # The means of the balance loss are products too; they are not part of the forward pass.
    assert 0 <= counted_by_torch(config, lengths) - found < 0.001 * found


def test_flops_of_a_small_case_by_hand() -> None:
    # d_model 8, d_ff 16, 2 heads of 4 (inner 8), 1 encoder and 1 decoder layer, vocabulary 10.
    config = TransformerConfig(10, 8, 16, 4, 2, 1, 1)
    lengths = Lengths(source=5, target=3)
    square, block = 2 * 8 * 8, 2 * (8 * 16 + 16 * 8)
    encoder = 5 * (4 * square + block) + 2 * 2 * 5 * 5 * 8
    own = 3 * (4 * square + block) + 2 * 2 * 3 * 3 * 8
    cross = 2 * 3 * square + 2 * 5 * square + 2 * 2 * 3 * 5 * 8
    total = encoder + own + cross + 2 * 3 * 8 * 10
    assert forward_flops(on_meta(config), lengths) == total
    assert training_flops_per_token(on_meta(config), lengths) == 3 * total / 8
    gated = on_meta(replace(config, gated=True))
    assert forward_flops(gated, lengths) == total + 2 * 8 * 16 * 8  # one product more


def test_switch_costs_the_dense_models_flops_and_a_router() -> None:
    lengths = Lengths(128, 29)
    dense = replace(architecture("t5_tiny"), vocabulary_size=32128)
    routers = 2 * 64 * 16 * (128 + 29)  # in one encoder and one decoder layer
    for experts, times in ((16, 1), (32, 2)):
        sparse = on_meta(replace(dense, experts=experts))
        assert forward_flops(sparse, lengths) == (
            forward_flops(on_meta(dense), lengths) + times * routers
        )
