"""Activations of feed-forward blocks: ReLU in place, and gated GELU.

The hidden layer of a feed-forward block is the largest tensor of a step: new memory for it and for
its gradient costs more time than ReLU's comparison itself, so that both are written in place.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.functional import gelu


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
    """ReLU in place: max(x, 0), which overwrites x (any shape and float dtype).

    Only between two matrix products, where no other operation needs x or the result's gradient.
    """
    if not torch.is_grad_enabled():
        return x.relu_()
    y: Tensor = InPlaceReLU.apply(x)
    return y


def activate(hidden: Tensor, gated: bool) -> Tensor:
    """The activation of a hidden layer.

    Args:
        hidden: [..., F], or [..., 2 F] if gated; any float dtype. ReLU overwrites it.
        gated: GELU (tanh form) of the first half of the last dimension times the second half.

    Returns:
        [..., F] in the dtype of hidden.
    """
    if not gated:
        return relu_(hidden)
    gate, linear = hidden.chunk(2, dim=-1)
    return gelu(gate, approximate="tanh") * linear
