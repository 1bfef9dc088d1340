from unittest.mock import patch

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.layers.experts.expert_linear import expert_linear

WIDTH, OUT = 8, 16


def weight_of(experts: int, transposed: bool, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """[E, in, out], made of a leaf that has a gradient; as a transposed view if so asked."""
    shape = (experts, OUT, WIDTH) if transposed else (experts, WIDTH, OUT)
    leaf = torch.randn(shape, dtype=dtype, requires_grad=True)
    return leaf.mT if transposed else leaf


@pytest.mark.parametrize("transposed", [False, True])
def test_padded_blocks_and_their_gradients(transposed: bool) -> None:
    rows = torch.randn(3, 4, WIDTH, dtype=torch.float64, requires_grad=True)
    weight = weight_of(3, transposed, torch.float64).detach().requires_grad_()
    expected = torch.einsum("eri,eio->ero", rows, weight)
    torch.testing.assert_close(expert_linear(rows, weight, None), expected)
    with torch.no_grad():
        torch.testing.assert_close(expert_linear(rows, weight, None), expected)
    assert torch.autograd.gradcheck(lambda *given: expert_linear(*given, None), (rows, weight))


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 6), min_size=1, max_size=5).filter(any),
    transposed=st.booleans(),
    few=st.booleans(),
    seed=st.integers(0, 2**31),
)
def test_sorted_rows_and_their_gradients(
    sizes: list[int], transposed: bool, few: bool, seed: int
) -> None:
    torch.manual_seed(seed)
    rows, weight = torch.randn(sum(sizes), WIDTH), weight_of(len(sizes), transposed)
    mix, ends = torch.randn(sum(sizes), OUT), torch.tensor(sizes).cumsum(0).int()
    rows.requires_grad_()
    blocks = zip(rows.split(sizes), weight, strict=True)
    expected = torch.cat([block @ matrix for block, matrix in blocks])
    with patch("models.layers.experts.expert_linear.FEW_ROWS", 16 if few else 0):
        found = expert_linear(rows, weight, ends)
        with torch.no_grad():
            torch.testing.assert_close(expert_linear(rows, weight, ends), found, check_stride=False)
    torch.testing.assert_close(found, expected, check_stride=False, rtol=1e-4, atol=1e-5)
    of = (rows, weight)
    wanted = torch.autograd.grad((expected * mix).sum(), of)
    for gradient, other in zip(torch.autograd.grad((found * mix).sum(), of), wanted, strict=True):
        torch.testing.assert_close(gradient, other, check_stride=False, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("transposed", [False, True])
def test_gradients_lie_as_the_weights_do(transposed: bool) -> None:
    """Where a gradient lies otherwise, torch copies it: as large as all experts."""
    rows, weight = torch.randn(2, 4, WIDTH), weight_of(2, transposed)
    (gradient,) = torch.autograd.grad(expert_linear(rows, weight, None).sum(), weight)
    assert gradient.stride() == weight.stride()


def test_autocast_is_obeyed() -> None:
    rows, weight = torch.randn(2, 4, WIDTH), weight_of(2, False)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert expert_linear(rows, weight, None).dtype == torch.bfloat16
        ends = torch.tensor([4, 8]).int()
        assert expert_linear(rows.flatten(0, 1), weight, ends).dtype == torch.bfloat16


def test_frozen_experts_get_no_gradient() -> None:
    rows = torch.randn(2, 4, WIDTH, requires_grad=True)
    weight = weight_of(2, False).detach()
    expert_linear(rows, weight, None).sum().backward()
    assert weight.grad is None
    torch.testing.assert_close(rows.grad, weight.sum(2)[:, None].expand(2, 4, WIDTH))
