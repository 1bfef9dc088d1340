import pytest
import torch
from torch.nn.functional import cross_entropy

from models.layers import cross_entropy as module
from models.layers.cross_entropy import linear_cross_entropy

PAD = 0


@pytest.mark.parametrize("block", [1, 7, 1024])
@pytest.mark.parametrize("weight_of_loss", [1.0, -0.3])
def test_equals_torch(monkeypatch: pytest.MonkeyPatch, block: int, weight_of_loss: float) -> None:
    monkeypatch.setattr(module, "BLOCK_TOKENS", block)
    hidden = torch.randn(20, 6, requires_grad=True)
    weight = torch.randn(11, 6, requires_grad=True)
    target = torch.randint(0, 11, (20,))
    target[[3, 19]] = PAD
    total, by_token = linear_cross_entropy(hidden, weight, target, PAD)
    (weight_of_loss * total).backward()
    found = hidden.grad.clone(), weight.grad.clone()

    hidden.grad = weight.grad = None
    expected = cross_entropy(hidden @ weight.T, target, ignore_index=PAD, reduction="none")
    (weight_of_loss * expected.sum()).backward()
    torch.testing.assert_close(by_token, expected)
    torch.testing.assert_close(total, expected.sum())
    assert by_token[[3, 19]].eq(0).all()
    torch.testing.assert_close(found[0], hidden.grad)
    torch.testing.assert_close(found[1], weight.grad)
    assert found[0][[3, 19]].eq(0).all()


def test_large_scores_do_not_overflow() -> None:
    hidden, weight = torch.tensor([[1000.0]]), torch.tensor([[1.0], [-1.0], [0.5]])
    total, _ = linear_cross_entropy(hidden, weight, torch.tensor([2]), PAD)
    torch.testing.assert_close(total, torch.tensor(500.0))


def test_bfloat16_products_float32_softmax() -> None:
    hidden = torch.randn(30, 8).bfloat16().requires_grad_()
    weight = torch.randn(50, 8).bfloat16().requires_grad_()
    target = torch.randint(1, 50, (30,))
    total, by_token = linear_cross_entropy(hidden, weight, target, PAD)
    total.backward()
    assert total.dtype == by_token.dtype == torch.float32
    assert hidden.grad.dtype == weight.grad.dtype == torch.bfloat16
    expected = cross_entropy(hidden.float() @ weight.float().T, target, reduction="sum")
    torch.testing.assert_close(total, expected, rtol=0.01, atol=0.1)


def test_no_gradient_is_computed_where_none_is_wanted() -> None:
    with torch.no_grad():
        total, _ = linear_cross_entropy(
            torch.randn(3, 2), torch.randn(4, 2), torch.tensor([1, 2, 3]), PAD
        )
    assert not total.requires_grad
