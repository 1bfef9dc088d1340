from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from unittest.mock import patch

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from models.costs.counts import (
    Lengths,
    active_parameters,
    forward_flops,
    on_meta,
    parameters,
    training_flops_per_token,
    weights,
)
from models.network.architectures import architecture
from models.network.config import TransformerConfig
from models.network.transformer import Transformer

WIDTHS = st.sampled_from([8, 24, 32])


@st.composite
def configs(draw: st.DrawFn) -> TransformerConfig:
    """Any dense or sparse model, with every option that shapes weights."""
    experts = draw(st.sampled_from([0, 1, 2, 7]))
    unequal = experts and draw(st.booleans())
    return TransformerConfig(
        vocabulary_size=draw(st.integers(1, 50)),
        d_model=draw(st.sampled_from([8, 16, 40])),
        d_ff=draw(WIDTHS),
        d_kv=draw(st.integers(1, 8)),
        heads=draw(st.integers(1, 4)),
        encoder_layers=draw(st.integers(0, 5)),
        decoder_layers=draw(st.integers(0, 5)),
        gated=draw(st.booleans()),
        separate_output=draw(st.booleans()),
        experts=experts,
        expert_widths=tuple(draw(WIDTHS) for _ in range(experts)) if unequal else (),
        attention_experts=draw(st.booleans()),
        sparse_every=draw(st.integers(1, 3)),
        top_k=draw(st.sampled_from([1, 2])),
    )


def by_formula(config: TransformerConfig, share: Fraction) -> Fraction:
    """Parameters, with this share of the experts of each sparse layer."""
    projection = config.d_model * config.heads * config.d_kv
    widths = config.expert_widths or (config.d_ff,) * config.experts
    per_width = config.d_model * (3 if config.gated else 2)
    total = Fraction(config.vocabulary_size * config.d_model * (1 + config.separate_output))
    for layers, attentions in ((config.encoder_layers, 1), (config.decoder_layers, 2)):
        total += config.d_model + 32 * config.heads  # final norm, relative positions
        sparse = layers // config.sparse_every if config.experts else 0
        total += layers * (attentions * 4 * projection + (attentions + 1) * config.d_model)
        total += (layers - sparse) * config.d_ff * per_width
        total += sparse * share * sum(widths) * per_width
        routers = 1
        if config.attention_experts:
            routers = 3
            total += sparse * (share * config.experts - 1) * 3 * projection  # q, k, v
        total += sparse * routers * config.experts * config.d_model
    return total


@settings(deadline=None, max_examples=60)
@given(configs())
def test_parameters_are_those_of_the_formula_and_of_a_real_model(config: TransformerConfig) -> None:
    of = weights(on_meta(config))
    real = sum(parameter.numel() for parameter in Transformer(config).parameters())
    assert parameters(of) == real == by_formula(config, Fraction(1))
    met = Fraction(min(config.top_k, config.experts), max(1, config.experts))
    assert active_parameters(of) == round(by_formula(config, met))


def counted_by_torch(config: TransformerConfig, lengths: Lengths) -> int:
    """The FLOPs that torch counts while a real model runs, its experts' blocks without padding;
    grouped products are told to it."""

    def grouped(one: Sequence[int], other: Sequence[int], *_: object, **__: object) -> int:
        rows, weight = (one[0], other) if len(other) == 3 else (other[1], one)  # or transposed
        return 2 * rows * weight[1] * weight[2]

    model = Transformer(config).eval()
    source, target = (torch.randint(2, config.vocabulary_size, (1, n)) for n in lengths)
    told = {torch.ops.aten._grouped_mm: grouped}
    with (
        patch("models.layers.experts.mixture.fit_blocks", lambda *_: None),
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


SPARSE: list[dict[str, object]] = [
    {"experts": 4},
    {"experts": 8, "sparse_every": 1},
    {"experts": 4, "top_k": 2, "gated": True},
    {"experts": 4, "attention_experts": True},
]


@pytest.mark.parametrize("changes", SPARSE)
def test_flops_of_experts_equal_torchs_count(changes: dict[str, object]) -> None:
    config = replace(architecture("t5_tiny"), vocabulary_size=500, **changes)
    lengths = Lengths(40, 11)
    found = forward_flops(on_meta(config), lengths)
    # The means of the balance loss are products too; they are not part of the forward pass.
    assert 0 <= counted_by_torch(config, lengths) - found < 0.002 * found


def test_unequal_experts_count_as_their_mean() -> None:
    lengths = Lengths(40, 11)
    equal = replace(architecture("t5_tiny"), vocabulary_size=500, experts=3, d_ff=80)
    unequal = replace(equal, expert_widths=(24, 56, 160))
    assert parameters(weights(on_meta(unequal))) == parameters(weights(on_meta(equal)))
    assert forward_flops(on_meta(unequal), lengths) == forward_flops(on_meta(equal), lengths)


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
