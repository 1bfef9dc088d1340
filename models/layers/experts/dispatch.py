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
    """ceil(capacity_factor * real tokens / experts), at least 4 (Switch, equation 3).

    Counted over real tokens, never over padding; int64 scalar on real_tokens' device.
    """
    share = real_tokens.double() * capacity_factor / experts
    return torch.ceil(share - 1e-9).long().clamp(min=MINIMUM_CAPACITY)


def dispatch(expert: Tensor, real: Tensor, experts: int, capacity: Tensor | None) -> Dispatch:
    """Sort assignments by expert [A] int64, in order of arrival.

    real [A] bool: False for padding, which is sorted behind the last expert's tokens, takes no
    one's place and is not kept. capacity: int64 scalar, or [E] with one for each expert; None is
    dropless. With several choices a token's first one comes before anybody's second (GShard).
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
    """No-token-left-behind (Switch, appendix B): what overflows tries the next best expert.

    ranked [R, N] int64: each token's experts, best first; real [N] bool; capacity int64 scalar.
    Round by round, those still waiting ask for the places that are left, in order of arrival.
    Returns each token's expert [N] and whether it has a place there [N]; without one, the expert
    is the first choice.
    """
    chosen, placed = ranked[0], torch.zeros_like(real)
    left = capacity.expand(experts)
    for choice in ranked:
        found = dispatch(choice, real & ~placed, experts, left).kept
        chosen = torch.where(found, choice, chosen)
        placed = placed | found
        left = left - torch.zeros_like(left).index_add(0, choice, found.long())
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
    """move(x): the rows of x in other places. Its gradient is moved back, where autograd would add
    row to row."""
    if not torch.is_grad_enabled():
        return move(x)
    y: Tensor = _Move.apply(x, move, move_back)
    return y


def permute(x: Tensor, order: Tensor, inverse: Tensor) -> Tensor:
    """x[order]: the rows of x [A, ...] in another order [A] int64, whose inverse is given too."""
    return moved(
        x, lambda rows: rows.index_select(0, order), lambda grad: grad.index_select(0, inverse)
    )
