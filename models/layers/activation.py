"""ReLU in the memory of its input, and its gradient in the memory of the one that comes in.

The hidden layer of a feed-forward block is the largest tensor of a step: new memory for it, twice,
costs more time than the comparison itself.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


class InPlaceReLU(torch.autograd.Function):
    """See `relu_`."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.mark_dirty(x.relu_())
        ctx.save_for_backward(x)
        return x

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        (y,) = ctx.saved_tensors
        torch.ops.aten.threshold_backward.grad_input(grad, y, 0, grad_input=grad)
        return grad


def relu_(x: Tensor) -> Tensor:
    """max(x, 0), any shape and float dtype; x is overwritten.

    Only where x and the gradient of the result belong to nobody else: between two matrix products.
    """
    if not torch.is_grad_enabled():
        return x.relu_()
    y: Tensor = InPlaceReLU.apply(x)
    return y
