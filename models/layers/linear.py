"""Products of hidden states with weights, in the forms that a CPU is fastest at.

Shapes: N rows (all dimensions but the last).
"""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

ALIGNED = 16  # numbers; 64 bytes in float32
MANY_ROWS = 4096  # from here on a gradient's product is faster with the longer side first


class _JoinedLinear(torch.autograd.Function):
    """See `joined_linear`."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, *weights: Tensor) -> tuple[Tensor, ...]:
        weight = torch.cat(weights) if len(weights) > 1 else weights[0]
        ctx.save_for_backward(x, weight)
        ctx.widths = list(map(len, weights))
        y = functional.linear(x, weight)
        return y.split(ctx.widths, dim=-1) if len(weights) > 1 else (y,)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        x, weight = ctx.saved_tensors
        grad = side_by_side(gradients)
        rows, grad_rows = x.flatten(0, -2), grad.flatten(0, -2)
        grad_x = grad @ weight if ctx.needs_input_grad[0] else None
        if not any(ctx.needs_input_grad[1:]):
            return grad_x, *(None for _ in ctx.widths)
        if len(weight) < weight.shape[1] and len(rows) >= MANY_ROWS:
            grad_weight = (rows.t() @ grad_rows).t()
        else:
            grad_weight = grad_rows.t() @ rows
        return grad_x, *grad_weight.split(ctx.widths)


def side_by_side(parts: Sequence[Tensor]) -> Tensor:
    """Parts of one shape [..., width] joined to [..., parts * width]: a view where they lie so."""
    first = parts[0]
    width = first.shape[-1]
    lie_so = all(
        part.shape == first.shape
        and part.stride() == first.stride()
        and part.untyped_storage().data_ptr() == first.untyped_storage().data_ptr()
        and part.storage_offset() == first.storage_offset() + number * width
        for number, part in enumerate(parts)
    )
    if lie_so and first.stride(-1) == 1 and first.stride(-2) >= width * len(parts):
        return first.as_strided((*first.shape[:-1], width * len(parts)), first.stride())
    return torch.cat(list(parts), dim=-1)


def joined_linear(x: Tensor, *weights: Tensor) -> tuple[Tensor, ...]:
    """x weight^T for several weights; in training on a CPU by one product.

    The results are then views of one tensor; gradients that lie side by side are not copied.

    Args:
        x: [..., in], any float dtype.
        weights: each [out, in], in x's dtype or under autocast.

    Returns:
        A tensor [..., out] for each weight.
    """
    if torch.is_grad_enabled() and is_plain(x, weights[0]):
        joined: tuple[Tensor, ...] = _JoinedLinear.apply(x, *weights)
        return joined
    return tuple(functional.linear(x, weight) for weight in weights)


def linear(x: Tensor, weight: Tensor) -> Tensor:
    """x weight^T, without bias.

    Args:
        x: [..., in], any float dtype.
        weight: [out, in].

    Returns:
        [..., out].
    """
    out, width = weight.shape
    if not is_plain(x, weight):
        return functional.linear(x, weight)
    if not torch.is_grad_enabled():
        return functional.linear(x, weight)
    return joined_linear(x, weight)[0] if out < width else functional.linear(x, weight)


def wide_linear(x: Tensor, weight: Tensor) -> Tensor:
    """x weight^T without gradients, for a weight with a row for each piece of a vocabulary.

    On a CPU the rows of the result lie at multiples of 64 bytes: where `out` is odd, as it is with
    a few tags behind round thousands, the same product takes half the time.

    Args:
        x: [..., in], any float dtype.
        weight: [out, in].

    Returns:
        [..., out], its last dimension together.
    """
    if not is_plain(x, weight):
        return functional.linear(x, weight)
    rows, out = x.flatten(0, -2), len(weight)
    room = x.new_empty(len(rows), math.ceil(out / ALIGNED) * ALIGNED)[:, :out]
    return torch.mm(rows, weight.t(), out=room).unflatten(0, x.shape[:-1])


def is_plain(x: Tensor, weight: Tensor) -> bool:
    """Whether both are on a CPU and in one dtype that autocast does not change."""
    autocast = torch.is_autocast_enabled("cpu")
    return x.device.type == "cpu" and x.dtype == weight.dtype and not autocast
