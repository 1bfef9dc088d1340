"""RMSNorm: layer normalisation without mean and bias (T5; Zhang & Sennrich, arXiv 1910.07467).

Shapes: N rows (all dimensions but the last), D d_model.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable


class ScaledRMSNorm(torch.autograd.Function):
    """x / sqrt(mean(x^2) + eps) * weight in few passes over memory, which is all that it costs.

    torch has one kernel for it on a GPU only; on a CPU it takes it apart into some twenty passes.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, eps: float) -> Tensor:
        inverse = inverse_root(x, eps)
        ctx.save_for_backward(x, weight, inverse)
        return (x * inverse).mul_(weight)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None]:
        x, _, inverse = ctx.saved_tensors
        scaled, slope, grad_weight = backward_parts(grad, *ctx.saved_tensors)
        return scaled.mul_(inverse).addcmul_(x, slope), grad_weight, None


class NormedBranch(torch.autograd.Function):
    """x and its norm; backward adds the norm's gradient to x's in place (see `RMSNorm.branch`).

    autograd would add the two in a further pass over memory.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, eps: float) -> tuple[Tensor, Tensor]:
        inverse = inverse_root(x, eps)
        ctx.save_for_backward(x, weight, inverse)
        return x, (x * inverse).mul_(weight)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_x: Tensor, grad: Tensor) -> tuple[Tensor, Tensor, None]:
        x, _, inverse = ctx.saved_tensors
        scaled, slope, grad_weight = backward_parts(grad, *ctx.saved_tensors)
        grad_x = grad_x.contiguous()  # not what is expanded from a single number
        return grad_x.addcmul_(scaled, inverse).addcmul_(x, slope), grad_weight, None


def backward_parts(
    grad: Tensor, x: Tensor, weight: Tensor, inverse: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """(scaled, slope, weight's gradient); the input's gradient is scaled * inverse + slope * x."""
    product = (grad * x).view(-1, x.shape[-1])
    grad_weight = inverse.view(-1) @ product
    # of the root in the denominator: -x inverse^3 mean(grad weight x)
    slope = (product @ weight).view_as(inverse) * inverse.pow(3).div_(-x.shape[-1])
    return torch.mul(grad, weight, out=product.view_as(x)), slope, grad_weight


def inverse_root(x: Tensor, eps: float) -> Tensor:
    """1 / sqrt(mean(x^2) + eps) over the last dimension, which is kept as size 1."""
    norm = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
    return norm.square_().div_(x.shape[-1]).add_(eps).rsqrt_()


class RMSNorm(nn.Module):
    """Divide by the root mean square of the last dimension, then scale; eps 1e-6 as in T5.

    All of it in float32 (or float64) whatever the input's dtype.
    """

    def __init__(self, d_model: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d_model))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """x / sqrt(mean(x^2) + eps) * weight.

        Args:
            x: [..., D], any float dtype.

        Returns:
            [..., D] in x's dtype.
        """
        if x.device.type != "cpu":
            weight = self.weight.to(x.dtype)
            return nn.functional.rms_norm(x, weight.shape, weight, self.eps)
        dtype = torch.promote_types(x.dtype, torch.float32)
        wide, weight = x.to(dtype), self.weight.to(dtype)
        if torch.is_grad_enabled():
            y: Tensor = ScaledRMSNorm.apply(wide, weight, self.eps)
        else:  # the same without autograd's part, which is half the time of a decoding step's
            y = (wide * inverse_root(wide, self.eps)).mul_(weight)
        return y.to(x.dtype)

    def branch(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The residual x and the input of its branch, norm(x).

        Only for x + branch(norm(x)): backward writes over the gradient of x, which no other
        operation may need by then.

        Args:
            x: [..., D], any float dtype.

        Returns:
            x itself, and its norm in x's dtype.
        """
        plain = x.device.type != "cpu" or x.dtype != self.weight.dtype
        if plain or not torch.is_grad_enabled():
            return x, self(x)
        pair: tuple[Tensor, Tensor] = NormedBranch.apply(x, self.weight, self.eps)
        return pair
