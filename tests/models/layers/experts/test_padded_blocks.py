from collections.abc import Iterator
from contextlib import nullcontext
from unittest.mock import patch

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.layers.experts import padded_blocks
from models.layers.experts.dispatch import dispatch
from models.layers.experts.padded_blocks import MULTIPLE, PaddedBlocks, collect, fit_blocks, spread
from models.layers.experts.router import Router
from models.layers.experts.switch_layer import SwitchFeedForward


@pytest.fixture(autouse=True, scope="module")
def _small_batches_too() -> Iterator[None]:
    with patch.multiple(padded_blocks, FEWEST=0, FEWEST_IN_TRAINING=0):
        yield


def fitted(
    expert: list[int], real: list[bool], experts: int, capacity: int | None
) -> PaddedBlocks | None:
    limit = None if capacity is None else torch.tensor(capacity)
    experts_of = torch.tensor(expert).long()
    plan = dispatch(experts_of, torch.tensor(real).bool(), experts, limit)
    return fit_blocks(plan, experts_of)


def test_blocks_by_hand() -> None:
    blocks = fitted([2, 0, 2, 0, 2], [True, True, True, False, True], 3, 2)
    assert blocks is not None
    assert (blocks.experts, blocks.rows) == (3, MULTIPLE)
    assert blocks.slot.tolist() == [8, 0, 9, 12, 12]  # padding, and one over capacity, have none
    assert not blocks.complete
    x = torch.arange(1.0, 6).view(5, 1)
    padded = spread(x, blocks)
    assert padded[:, :, 0].tolist() == [[2, 0, 0, 0], [0, 0, 0, 0], [1, 3, 0, 0]]
    assert collect(padded, blocks)[:, 0].tolist() == [1, 2, 3, 0, 0]


def test_uneven_experts_are_not_padded() -> None:
    even, uneven = [e % 8 for e in range(800)], [0] * 700 + [e % 8 for e in range(100)]
    assert fitted(even, [True] * 800, 8, None) is not None
    assert fitted(uneven, [True] * 800, 8, None) is None
    blocks = fitted(uneven, [True] * 800, 8, 100)  # what is over capacity needs no room
    assert blocks is not None
    assert blocks.rows == 100


def test_few_tokens_for_many_experts_are_not_padded() -> None:
    with patch.multiple(padded_blocks, FEWEST=5, FEWEST_IN_TRAINING=1):
        for gradients, experts in ((True, 10), (False, 2)):
            with torch.set_grad_enabled(gradients):
                assert fitted([0, 1] * 5, [True] * 10, experts, None) is not None
                assert fitted([0, 1] * 5, [True] * 10, experts + 1, None) is None
                assert fitted([], [], 3, None) is None


def test_nothing_to_place() -> None:
    blocks = fitted([1, 2], [False, False], 3, None)
    assert blocks is not None
    assert spread(torch.ones(2, 5), blocks).eq(0).all()


@settings(max_examples=60, deadline=None)
@given(
    experts=st.integers(1, 5),
    tokens=st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=1, max_size=40),
    capacity=st.none() | st.integers(1, 10),
    seed=st.integers(0, 2**31),
)
def test_collect_undoes_spread_and_each_is_the_others_gradient(
    experts: int, tokens: list[tuple[int, bool]], capacity: int | None, seed: int
) -> None:
    blocks = fitted([e % experts for e, _ in tokens], [r for _, r in tokens], experts, capacity)
    if blocks is None:
        return
    torch.manual_seed(seed)
    x = torch.randn(len(tokens), 3, dtype=torch.float64, requires_grad=True)
    has_expert = blocks.slot < blocks.experts * blocks.rows
    with torch.no_grad():
        assert torch.equal(collect(spread(x, blocks), blocks), x * has_expert[:, None])
    assert torch.autograd.gradcheck(lambda x: spread(x, blocks), x)
    rows = torch.randn(experts, blocks.rows, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda rows: collect(rows, blocks), rows)


@pytest.mark.parametrize("gated", [False, True])
@pytest.mark.parametrize(("top_k", "capacity_factor"), [(1, None), (1, 0.5), (2, 1.0)])
def test_a_layer_gives_the_same_padded_and_sorted(
    gated: bool, top_k: int, capacity_factor: float | None
) -> None:
    router = Router(8, 4, top_k=top_k, capacity_factor=capacity_factor)
    layer = SwitchFeedForward(router, 8, 16, gated)
    layer.initialise(1.0)
    x, real = torch.randn(3, 20, 8), torch.arange(60).view(3, 20) % 7 > 0
    found = []
    for context in (
        nullcontext(),
        patch("models.layers.experts.mixture.fit_blocks", lambda *_: None),
    ):
        layer.zero_grad()
        inputs = x.clone().requires_grad_()
        with context:
            y, statistics = layer(inputs, real)
            (y.square().sum() + statistics.balance_loss).backward()
        found.append([y, *statistics, inputs.grad, *(p.grad for p in layer.parameters())])
    for padded, in_order in zip(*found, strict=True):
        torch.testing.assert_close(padded, in_order, rtol=1e-4, atol=1e-5)
