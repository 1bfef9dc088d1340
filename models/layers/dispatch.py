"""Sort tokens by expert, so that each expert multiplies one contiguous block.

No one-hot products, no loop over experts, no host synchronisation.
Shapes: N tokens, D d_model, E experts.
"""

from typing import NamedTuple

import torch
from torch import Tensor

MINIMUM_CAPACITY = 4


class Dispatch(NamedTuple):
    """The order in which the experts take the tokens."""

    order: Tensor  # [N] int64, token at each row of the sorted batch
    ends: Tensor  # [E] int32, row after the last one of each expert
    kept: Tensor  # [N] bool, False for tokens over capacity and for padding


def expert_capacity(capacity_factor: float, real_tokens: Tensor, experts: int) -> Tensor:
    """ceil(capacity_factor * real tokens / experts), at least 4 (Switch, equation 3).

    Counted over real tokens, never over padding; int64 scalar on real_tokens' device.
    """
    share = real_tokens.double() * capacity_factor / experts
    return torch.ceil(share - 1e-9).long().clamp(min=MINIMUM_CAPACITY)


def dispatch(expert: Tensor, real: Tensor, experts: int, capacity_factor: float | None) -> Dispatch:
    """Sort the tokens by expert [N], in order of arrival; capacity_factor None is dropless.

    Padding is sorted behind the last expert's tokens, takes no one's place and is not kept.
    """
    key = torch.where(real, expert, experts)
    sorted_key, order = torch.sort(key, stable=True)
    starts = torch.searchsorted(sorted_key, torch.arange(experts + 1, device=key.device))
    kept = real
    if capacity_factor is not None:
        row = torch.arange(len(key), device=key.device)
        place = torch.empty_like(row).scatter_(0, order, row - starts[sorted_key])
        kept = real & (place < expert_capacity(capacity_factor, real.sum(), experts))
    ends = torch.cat([starts[1:-1], starts.new_full((1,), len(key))])
    return Dispatch(order, ends.int(), kept)
