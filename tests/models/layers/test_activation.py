import torch
from torch.nn.functional import linear, relu

from models.layers.activation import relu_


def test_equals_relu_and_takes_no_memory() -> None:
    x, wi, wo = torch.randn(7, 4), torch.randn(5, 4), torch.randn(3, 5)
    weights = (wi.requires_grad_(), wo.requires_grad_())
    hidden = linear(x, wi)
    place = hidden.data_ptr()
    activated = relu_(hidden)
    assert activated.data_ptr() == place
    expected = linear(relu(linear(x, wi)), wo)
    found = linear(activated, wo)
    torch.testing.assert_close(found, expected)
    grad = torch.randn(7, 3)
    for pair in zip(
        *(torch.autograd.grad(y, weights, grad) for y in (found, expected)), strict=True
    ):
        torch.testing.assert_close(*pair)
