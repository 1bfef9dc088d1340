"""Experts of unequal width (Switch, future work 4): a token may meet a larger or a smaller one.

Shapes: B batch, T positions, D d_model, E experts, A assignments (dispatch.py).
"""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from models.layers.feed_forward import FeedForward

from .mixture import mixture
from .router import Router, RoutingStatistics


class UnequalSwitchFeedForward(nn.Module):
    """A Switch layer whose expert i is a feed-forward block of width widths[i].

    Blocks of unequal shape cannot share one grouped product: the experts run one after the other,
    and a GPU waits once a layer for the sizes of their blocks.
    """

    def __init__(
        self,
        router: Router,
        d_model: int,
        widths: Sequence[int],
        gated: bool,
        expert_dropout: float = 0.0,
        expert_masking: float = 0.0,
    ) -> None:
        super().__init__()
        self.router, self.masking = router, expert_masking
        self.experts = nn.ModuleList(
            FeedForward(d_model, width, gated, expert_dropout) for width in widths
        )

    def initialise(self, scale: float) -> None:
        """Truncated normal, std sqrt(scale / fan_in), router included (section 2.4)."""
        self.router.initialise(scale)
        for expert in self.blocks():
            expert.initialise(scale)

    def forward(self, x: Tensor, real: Tensor) -> tuple[Tensor, RoutingStatistics]:
        """x: [B, T, D]; real: [B, T] bool, False for padding. The result is as x is."""
        return mixture(self.router, x, real, self.run_experts, self.masking)

    def run_experts(self, rows: Tensor, ends: Tensor | None) -> Tensor:
        """Each expert over its block of rows (see RunExperts)."""
        if ends is None:
            return torch.stack([expert(x) for expert, x in zip(self.blocks(), rows, strict=True)])
        sizes = ends.diff(prepend=ends.new_zeros(1)).tolist()
        blocks = zip(self.blocks(), rows.split(sizes), strict=True)
        return torch.cat([expert(block) for expert, block in blocks])

    def blocks(self) -> Iterator[FeedForward]:
        """The experts in order."""
        for expert in self.experts:
            assert isinstance(expert, FeedForward)
            yield expert
