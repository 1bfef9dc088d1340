"""The experts' rows in blocks of one size, for batched products: what a CPU multiplies fastest.

A grouped product calls the library once an expert, and its kernels for few rows do not keep up with
the memory that holds the weights; one batched product does (measured:
docs/decisions/2026-11-28-few-rows-an-expert.md). Blocks of one size need padding, so this is for
batches that the experts share evenly, or that are small.
Shapes: D width, E experts, A assignments (dispatch.py), M rows of a block.
"""

from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import pad

from .dispatch import Dispatch, moved

MULTIPLE = 4  # rows: the products of odd numbers are slower than those of the next multiple
# Assignments an expert: with fewer, experts that have none are passed over. In training they hardly
# are, since their gradients are written as well.
FEWEST_IN_TRAINING, FEWEST = 1, 5
FREE_ROWS, FACTOR = 24, 1.2  # most rows of a block: so many and so many times the mean


class PaddedBlocks(NamedTuple):
    """Places of the assignments in E blocks of M rows."""

    experts: int
    rows: int  # M
    slot: Tensor  # [A] int64 in [0, E * M], the last for those without an expert
    complete: bool  # every assignment has an expert


def fit_blocks(plan: Dispatch, expert: Tensor) -> PaddedBlocks | None:
    """Blocks for the assignments, or None where they would be mostly padding, and on a GPU.

    (The size of the largest block is read, for which a GPU would have to wait.)

    Args:
        plan: the order of the assignments.
        expert: int64 [A], the expert of each assignment.

    Returns:
        The number and size of the blocks and the place of each assignment in them.
    """
    experts = len(plan.ends)
    fewest = FEWEST_IN_TRAINING if torch.is_grad_enabled() else FEWEST
    if expert.device.type != "cpu" or len(expert) < fewest * experts:
        return None
    starts = pad(plan.ends[:-1], (1, 0))
    place = plan.inverse - starts[expert]  # how many of its expert's assignments came before
    rows = int((place * plan.kept).max()) + 1
    rows += -rows % MULTIPLE
    if rows > FREE_ROWS + FACTOR * len(expert) / experts:
        return None
    slot = torch.where(plan.kept, expert * rows + place, experts * rows)
    return PaddedBlocks(experts, rows, slot, bool(plan.kept.all()))


def spread_rows(x: Tensor, blocks: PaddedBlocks) -> Tensor:
    """x [A, D] as [E, M, D], with 0 in empty rows."""
    padded = x.new_zeros(blocks.experts * blocks.rows + 1, x.shape[1])  # the last row is left off
    padded.index_copy_(0, blocks.slot, x)
    return padded[:-1].view(blocks.experts, blocks.rows, -1)


def collected_rows(x: Tensor, blocks: PaddedBlocks) -> Tensor:
    """x [E, M, D] as [A, D], with 0 for assignments without an expert."""
    rows = x.flatten(0, 1)
    if blocks.complete:
        return rows.index_select(0, blocks.slot)
    has_expert = blocks.slot < len(rows)
    collected = rows.index_select(0, blocks.slot.clamp(max=len(rows) - 1))
    return collected.masked_fill_(~has_expert[:, None], 0)


def spread(x: Tensor, blocks: PaddedBlocks) -> Tensor:
    """The rows of x [A, D] in their experts' blocks, [E, M, D]; other rows are 0."""
    return moved(x, partial(spread_rows, blocks=blocks), partial(collected_rows, blocks=blocks))


def collect(x: Tensor, blocks: PaddedBlocks) -> Tensor:
    """Each assignment's row [A, D] of x [E, M, D]; 0 for those without an expert."""
    return moved(x, partial(collected_rows, blocks=blocks), partial(spread_rows, blocks=blocks))
