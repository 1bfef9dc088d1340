import pytest
import torch
from transformers.models.t5.modeling_t5 import T5LayerNorm

from models.layers.norm import RMSNorm


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_equals_t5(dtype: torch.dtype) -> None:
    ours, theirs = RMSNorm(12).to(dtype), T5LayerNorm(12, eps=1e-6).to(dtype)
    with torch.no_grad():
        ours.weight.copy_(torch.rand(12))
        theirs.weight.copy_(ours.weight)
    x = (torch.randn(3, 5, 12) * 7).to(dtype)
    assert ours(x).dtype == dtype
    torch.testing.assert_close(ours(x), theirs(x))


def test_by_hand() -> None:
    norm = RMSNorm(2)
    # root mean square of (3, 4) is sqrt(12.5)
    expected = torch.tensor([3.0, 4.0]) / 12.5**0.5
    torch.testing.assert_close(norm(torch.tensor([3.0, 4.0])), expected)


def test_a_row_of_zeros_stays_zero() -> None:
    assert torch.equal(RMSNorm(4)(torch.zeros(4)), torch.zeros(4))


def test_mean_square_is_taken_in_float32() -> None:
    # 300 squared is beyond float16.
    x = torch.full((4,), 300.0, dtype=torch.float16)
    torch.testing.assert_close(RMSNorm(4).half()(x), torch.ones(4, dtype=torch.float16))


def test_numerical_gradients() -> None:
    norm = RMSNorm(5).double()
    torch.nn.init.uniform_(norm.weight, 0.5, 1.5)
    x = torch.randn(2, 3, 5, dtype=torch.float64, requires_grad=True)

    def of(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(norm, {"weight": weight}, (x,))

    assert torch.autograd.gradcheck(of, (x, norm.weight))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_gradients_equal_t5(dtype: torch.dtype) -> None:
    ours, theirs = RMSNorm(12).to(dtype), T5LayerNorm(12, eps=1e-6).to(dtype)
    x, grad = torch.randn(3, 5, 12).to(dtype).requires_grad_(), torch.randn(3, 5, 12).to(dtype)
    found = torch.autograd.grad(ours(x), (x, ours.weight), grad)
    expected = torch.autograd.grad(theirs(x), (x, theirs.weight), grad)
    for ours_grad, their_grad in zip(found, expected, strict=True):
        assert ours_grad.dtype == dtype
        tolerance = 1e-5 if dtype == torch.float32 else 0.03  # theirs rounds more than once
        torch.testing.assert_close(ours_grad, their_grad, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("expanded", [False, True], ids=["tensor", "one number for all"])
def test_branch_and_residual_have_the_gradients_of_both(expanded: bool) -> None:
    norm, linear = RMSNorm(12), torch.nn.Linear(12, 12)
    torch.nn.init.uniform_(norm.weight, 0.5, 1.5)
    x = torch.randn(3, 5, 12, requires_grad=True)
    weights, grad = (x, norm.weight, linear.weight), torch.randn(3, 5, 12)

    def gradients(residual: torch.Tensor, normed: torch.Tensor) -> tuple[torch.Tensor, ...]:
        y = residual + linear(normed)
        if expanded:
            return torch.autograd.grad(y.sum(), weights)
        return torch.autograd.grad(y, weights, grad.clone())

    found, expected = gradients(*norm.branch(x)), gradients(x, norm(x))
    for ours, plain in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, plain)


def test_branch_without_gradients_is_the_norm() -> None:
    norm, x = RMSNorm(12), torch.randn(3, 12)
    with torch.no_grad():
        residual, normed = norm.branch(x)
    assert torch.equal(residual, x)
    assert torch.equal(normed, norm(x))
