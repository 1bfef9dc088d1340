"""Each expert's matrix times its rows, for all experts at once.

Shapes: E experts, A assignments (dispatch.py), M rows of a padded block (padded_blocks.py).
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.functional import grouped_mm

FEW_ROWS = 16  # an expert


def expert_linear(rows: Tensor, weight: Tensor, ends: Tensor | None) -> Tensor:
    """rows[block e] weight[e] for every expert e.

    Args:
        rows: [A, in] sorted by expert, or [E, M, in] in padded blocks; any float dtype.
        weight: [E, in, out]; it may be a transposed view.
        ends: int32 [E], row after the last one of each expert; None for padded blocks.

    Returns:
        [A, out] or [E, M, out], in autocast's dtype, else in that of the rows; perhaps a transposed
        view.
    """
    dtype = product_dtype(rows)
    rows, weight = rows.to(dtype).contiguous(), weight.to(dtype)
    few = rows.device.type == "cpu" and (ends is None or len(rows) <= FEW_ROWS * len(ends))
    if not few:
        return grouped_mm(rows, weight, offs=ends)
    if not torch.is_grad_enabled():
        return product(rows, weight, ends)
    result: Tensor = _ExpertProduct.apply(rows, weight, ends)
    return result


def product_dtype(x: Tensor) -> torch.dtype:
    """The dtype of products: autocast's where it is on (it does not know grouped_mm), else x's."""
    device = x.device.type
    return torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else x.dtype


class _ExpertProduct(torch.autograd.Function):
    """Products in the forms that a CPU is fastest at, backward too: torch's own would copy the
    gradient of a transposed weight, which is as large as the weight."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, weight: Tensor, ends: Tensor | None) -> Tensor:
        ctx.save_for_backward(rows, weight, ends)
        return product(rows, weight, ends)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor | None, None]:
        (rows, weight, ends), grad = ctx.saved_tensors, grad.contiguous()
        grad_weight = None
        if ctx.needs_input_grad[1]:  # experts may be frozen
            if weight.is_contiguous():
                grad_weight = outer_products(rows, grad, ends)
            else:
                grad_weight = outer_products(grad, rows, ends).mT
        return product(grad, weight.mT, ends), grad_weight, None


def product(rows: Tensor, weight: Tensor, ends: Tensor | None) -> Tensor:
    """See `expert_linear`. For few sorted rows the transposed product is a third faster."""
    if ends is None:
        return torch.bmm(rows, weight)
    if weight.mT.is_contiguous():
        return grouped_mm(weight.mT, rows.t(), offs=ends).t()
    return grouped_mm(rows, weight, offs=ends)


def outer_products(a: Tensor, b: Tensor, ends: Tensor | None) -> Tensor:
    """a[block e]^T b[block e] for every expert e: [E, width of a, width of b]."""
    return torch.bmm(a.mT, b) if ends is None else grouped_mm(a.t(), b, offs=ends)
