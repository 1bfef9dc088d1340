"""Sort tokens by expert, so that each expert multiplies one contiguous block.

No one-hot products, no loop over experts, no host synchronisation.
Shapes: N tokens, E experts, K experts a token goes to, A = K * N assignments. Assignments stand
choice by choice: the first choices of all tokens, then all second choices, and so on.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.functional import pad

MINIMUM_CAPACITY = 4
Move = Callable[[Tensor], Tensor]
"""Rows [A, ...] -> the same rows in other places."""


class Dispatch(NamedTuple):
    """The order in which the experts take the assignments."""

    order: Tensor  # [A] int64, assignment at each row of the sorted batch
    inverse: Tensor  # [A] int64, row of each assignment
    ends: Tensor  # [E] int32, row after the last one of each expert
    kept: Tensor  # [A] bool, False over capacity and for padding


def expert_capacity(capacity_factor: float, real_tokens: Tensor, experts: int) -> Tensor:
    """Expert capacity: ceil(capacity_factor * real tokens / experts), at least 4 (equation 3).

    Args:
        capacity_factor: positive.
        real_tokens: int64 scalar, the tokens that are not padding.
        experts: E.

    Returns:
        int64 scalar on the device of real_tokens.
    """
    share = real_tokens.double() * capacity_factor / experts
    return torch.ceil(share - 1e-9).long().clamp(min=MINIMUM_CAPACITY)


def dispatch(expert: Tensor, real: Tensor, experts: int, capacity: Tensor | None) -> Dispatch:
    """Sort assignments by expert, in order of arrival.

    With several choices, all first choices come before all second ones (GShard). Padding is sorted
    behind the last expert's tokens, takes no place from them and is not kept.

    Args:
        expert: int64 [A], the expert of each assignment.
        real: bool [A], False for padding.
        experts: E.
        capacity: int64 scalar, or [E] with one for each expert; None drops nothing.

    Returns:
        The order, its inverse, the ends of the experts' blocks, and which assignments are kept.
    """
    key = torch.where(real, expert, experts)
    sorted_key, order = torch.sort(key, stable=True)
    row = torch.arange(len(key), device=key.device)
    inverse = torch.empty_like(row).scatter_(0, order, row)
    number = torch.arange(experts, device=key.device)
    ends = torch.searchsorted(sorted_key, number, right=True, out_int32=True)
    kept = real
    if capacity is not None:
        room = capacity if capacity.dim() == 0 else capacity[expert]
        kept = real & (inverse - pad(ends, (1, 0))[key] < room)
    ends[-1] = len(key)
    return Dispatch(order, inverse, ends, kept)


def reroute(ranked: Tensor, real: Tensor, experts: int, capacity: Tensor) -> tuple[Tensor, Tensor]:
    """No-token-left-behind (Switch, appendix B): tokens over capacity try the next best expert.

    Round by round, tokens without a place ask for the places that are left, in order of arrival.

    Args:
        ranked: int64 [R, N], each token's experts, best first.
        real: bool [N], False for padding.
        experts: E.
        capacity: int64 scalar.

    Returns:
        Each token's expert, int64 [N] (its first choice if none has a place), and whether the token
        has a place there, bool [N].
    """
    chosen, placed = ranked[0], torch.zeros_like(real)
    left = capacity.expand(experts)
    for choice in ranked:
        newly_placed = dispatch(choice, real & ~placed, experts, left).kept
        chosen = torch.where(newly_placed, choice, chosen)
        placed = placed | newly_placed
        left = left - torch.zeros_like(left).index_add(0, choice, newly_placed.long())
    return chosen, placed


class _Move(torch.autograd.Function):
    """See `moved`."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, move: Move, move_back: Move) -> Tensor:
        ctx.move_back = move_back
        return move(x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        return ctx.move_back(grad), None, None


def moved(x: Tensor, move: Move, move_back: Move) -> Tensor:
    """move(x): the rows of x in other places, with the inverse move for its gradient.

    autograd would add the gradient row by row instead.
    """
    if not torch.is_grad_enabled():
        return move(x)
    y: Tensor = _Move.apply(x, move, move_back)
    return y


def permute(x: Tensor, order: Tensor, inverse: Tensor) -> Tensor:
    """x[order]: the rows of x [A, ...] in another order; order and its inverse: int64 [A]."""
    return moved(
        x, lambda rows: rows.index_select(0, order), lambda grad: grad.index_select(0, inverse)
    )
