from unittest.mock import patch

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import linear as plain

from models.layers.linear import (
    ALIGNED,
    MANY_ROWS,
    joined_linear,
    linear,
    side_by_side,
    wide_linear,
)


def weights(*shape_of_each: tuple[int, int]) -> list[torch.Tensor]:
    return [torch.randn(s, dtype=torch.float64, requires_grad=True) for s in shape_of_each]


@pytest.mark.parametrize("many_rows", [1, MANY_ROWS])
@pytest.mark.parametrize("outs", [(3,), (9,), (4, 4), (2, 5, 7)])
def test_joined_equals_each_by_itself(outs: tuple[int, ...], many_rows: int) -> None:
    x = torch.randn(2, 3, 5, dtype=torch.float64, requires_grad=True)
    every = weights(*((out, 5) for out in outs))
    for found, weight in zip(joined_linear(x, *every), every, strict=True):
        torch.testing.assert_close(found, plain(x, weight))
    with patch("models.layers.linear.MANY_ROWS", many_rows):
        assert torch.autograd.gradcheck(joined_linear, (x, *every))


def test_frozen_weights_get_no_gradient() -> None:
    x = torch.randn(4, 5, requires_grad=True)
    weight, other = torch.randn(2, 3, 5)
    sum(part.sum() for part in joined_linear(x, weight, other)).backward()
    assert weight.grad is None
    torch.testing.assert_close(x.grad, (weight + other).sum(0).expand(4, 5))
    learnt = weight.clone().requires_grad_()
    joined_linear(x.detach(), learnt)[0].sum().backward()
    torch.testing.assert_close(learnt.grad, x.detach().sum(0).expand(3, 5))


def test_parts_that_lie_side_by_side_are_not_copied() -> None:
    whole = torch.randn(2, 3, 12)
    assert side_by_side(whole.split(4, dim=-1)).data_ptr() == whole.data_ptr()
    for parts in (
        whole.split(4, dim=-1)[::-1],
        [part.clone() for part in whole.split(4, dim=-1)],
        whole.split([4, 8], dim=-1),
        [whole[..., :4], whole[..., 4:8].clone(), whole[..., 8:]],
        [whole[..., ::2], whole[..., 1::2]],
        [whole[:1], whole[1:]],
        [torch.ones(1).expand(2, 3, 4)] * 2,
    ):
        joined = side_by_side(parts)
        assert torch.equal(joined, torch.cat(list(parts), dim=-1))
        assert joined.is_contiguous()


@settings(max_examples=60, deadline=None)
@given(
    shape=st.lists(st.integers(1, 40), min_size=1, max_size=3),
    sizes=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    gradients=st.booleans(),
)
def test_linear_equals_torchs(shape: list[int], sizes: tuple[int, int], gradients: bool) -> None:
    x = torch.randn(*shape, sizes[0], dtype=torch.float64, requires_grad=True)
    (weight,) = weights((sizes[1], sizes[0]))
    with torch.set_grad_enabled(gradients):
        found = linear(x, weight)
    assert found.shape == (*shape, sizes[1])
    torch.testing.assert_close(found, plain(x, weight), check_stride=False)
    if gradients:
        wanted = torch.autograd.grad(plain(x, weight).square().sum(), (x, weight))
        for one, other in zip(
            torch.autograd.grad(found.square().sum(), (x, weight)), wanted, strict=True
        ):
            torch.testing.assert_close(one, other)


@pytest.mark.parametrize("pieces", [1, 15, 16, 33])
@pytest.mark.parametrize("shape", [(3,), (2, 5), (0,)])
def test_wide_linear_equals_torchs_in_aligned_rows(shape: tuple[int, ...], pieces: int) -> None:
    x, weight = torch.randn(*shape, 6), torch.randn(pieces, 6)
    y = wide_linear(x, weight)
    torch.testing.assert_close(y, plain(x, weight), check_stride=False)
    assert y.stride()[-2] % ALIGNED == 0


def test_wide_linear_obeys_autocast() -> None:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert wide_linear(torch.randn(20, 6), torch.randn(4, 6)).dtype == torch.bfloat16


def test_autocast_is_obeyed() -> None:
    x, weight = torch.randn(20, 6), torch.randn(4, 6, requires_grad=True)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        for y in (linear(x, weight), *joined_linear(x, weight, weight)):
            assert y.dtype == torch.bfloat16
