import pytest
import torch

from models.layers.attention import Attention
from models.layers.biased_attention import biased_attention

SHAPES = [(1, 3, 4, 5), (2, 3, 4, 5), (2, 1, 4, 5), (2, 1, 1, 5), (1, 3, 1, 5)]  # of the bias


def inputs(bias: tuple[int, ...], dtype: torch.dtype) -> list[torch.Tensor]:
    """Queries [2, 4, 3, 6], keys and values [2, 5, 3, 6], and the bias, all with gradients."""
    shapes = [(2, 4, 3, 6), (2, 5, 3, 6), (2, 5, 3, 6), bias]
    return [torch.randn(shape, dtype=dtype, requires_grad=True) for shape in shapes]


@pytest.mark.parametrize("bias", SHAPES)
def test_equals_torch(bias: tuple[int, ...]) -> None:
    q, k, v, b = inputs(bias, torch.float64)
    found = biased_attention(q, k, v, b)
    scores = torch.einsum("bqhk,bshk->bhqs", q, k) + b
    expected = torch.einsum("bhqs,bshk->bqhk", scores.softmax(-1), v)
    torch.testing.assert_close(found, expected)
    grad = torch.randn_like(found)
    pairs = zip(
        *(torch.autograd.grad(y, (q, k, v, b), grad) for y in (found, expected)), strict=True
    )
    for found_grad, expected_grad in pairs:
        torch.testing.assert_close(found_grad, expected_grad)


@pytest.mark.parametrize("bias", SHAPES)
def test_numerical_gradients(bias: tuple[int, ...]) -> None:
    assert torch.autograd.gradcheck(biased_attention, inputs(bias, torch.float64))


def test_heads_may_lie_side_by_side() -> None:
    packed = torch.randn(2, 5, 3, 3, 6, dtype=torch.float64, requires_grad=True)
    bias = torch.randn(1, 3, 5, 5, dtype=torch.float64, requires_grad=True)

    def attend(packed: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        return biased_attention(*packed.unbind(2), bias)

    assert torch.autograd.gradcheck(attend, (packed, bias))


def test_a_layer_gives_the_same_with_and_without_gradients() -> None:
    layer, x = Attention(10, 3, 4), torch.randn(2, 5, 10)
    bias = torch.randn(1, 3, 5, 5, requires_grad=True)
    trained = layer(x, bias)
    with torch.no_grad():
        torch.testing.assert_close(layer(x, bias.detach()), trained)


def test_autocast_gives_what_bfloat16_gives() -> None:
    layer, x = Attention(16, 2, 8), torch.randn(3, 7, 16)
    bias = torch.randn(1, 2, 7, 7, requires_grad=True)
    with torch.autocast("cpu", torch.bfloat16):
        found = layer(x, bias)
    assert found.dtype == torch.bfloat16
    torch.testing.assert_close(found.float(), layer(x, bias), rtol=0.05, atol=0.05)
    found.float().sum().backward()
    assert bias.grad is not None
    assert bias.grad.abs().sum() > 0
