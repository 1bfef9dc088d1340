import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.layers.experts.dispatch import dispatch, expert_capacity


@pytest.mark.parametrize(
    ("factor", "tokens", "experts", "expected"),
    [
        (1.0, 64, 8, 8),
        (1.25, 64, 8, 10),
        (1.25, 65, 8, 11),  # 10.16 is rounded up
        (1.1, 100, 10, 11),  # 11.000000000000002 in floating point is 11
        (1.0, 8, 8, 4),  # never below 4
        (2.0, 0, 8, 4),
        (1.25, 2**21, 2048, 1280),
    ],
)
def test_capacity_by_hand(factor: float, tokens: int, experts: int, expected: int) -> None:
    assert int(expert_capacity(factor, torch.tensor(tokens), experts)) == expected


def test_dispatch_by_hand() -> None:
    expert = torch.tensor([1, 0, 1, 1, 2, 1, 1, 1])
    real = torch.tensor([1, 1, 1, 0, 1, 1, 1, 1]).bool()
    plan = dispatch(
        expert, real, 3, expert_capacity(1.0, real.sum(), 3)
    )  # 7 real tokens: ceil(7 / 3) = 3, at least 4
    assert plan.order.tolist() == [1, 0, 2, 5, 6, 7, 4, 3]  # by expert, in order of arrival
    assert plan.ends.tolist() == [1, 6, 8]
    # Token 7 is the fifth of expert 1; token 3 is padding and took no one's place.
    assert plan.kept.tolist() == [True, True, True, False, True, True, True, False]


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_every_token_stands_in_its_experts_block(data: st.DataObject) -> None:
    experts = data.draw(st.integers(1, 6))
    tokens = data.draw(st.lists(st.tuples(st.integers(0, experts - 1), st.booleans()), min_size=1))
    factor = data.draw(st.none() | st.floats(0.1, 4.0))
    expert = torch.tensor([e for e, _ in tokens])
    real = torch.tensor([r for _, r in tokens])
    capacity = None if factor is None else expert_capacity(factor, real.sum(), experts)
    plan = dispatch(expert, real, experts, capacity)
    assert plan.order[plan.inverse].tolist() == list(range(len(tokens)))
    assert int(plan.ends[-1]) == len(tokens)
    limit = math.inf if factor is None else int(expert_capacity(factor, real.sum(), experts))
    start = 0
    for e, end in enumerate(plan.ends.tolist()):
        block = plan.order[start:end].tolist()
        arrived = [t for t in range(len(tokens)) if tokens[t] == (e, True)]
        assert block[: len(arrived)] == arrived
        assert not any(tokens[t][1] for t in block[len(arrived) :])  # padding, if anything
        for place, token in enumerate(arrived):
            assert bool(plan.kept[token]) == (place < limit)
        start = end
    assert not (plan.kept & ~real).any()
