"""The Switch feed-forward layer: many experts, one for each token (arXiv 2101.03961, section 2).

Shapes: B batch, T positions, D d_model, F d_ff, E experts, A assignments (dispatch.py).
"""

import math
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout

from models.layers.activation import activate
from models.layers.feed_forward import FeedForward, truncated_normal_

from .expert_linear import expert_linear
from .mixture import mixture
from .router import Router, RoutingStatistics


class SparseFeedForward(nn.Module):
    """y = p_i(x) E_i(x), summed over the experts i that the router chose (equation 2)."""

    def __init__(self, router: Router, masking: float) -> None:
        super().__init__()
        self.router, self.masking = router, masking

    def initialise(self, scale: float) -> None:
        """Truncated normal, std sqrt(scale / fan_in), router included (section 2.4)."""
        self.router.initialise(scale)

    def forward(self, x: Tensor, real: Tensor) -> tuple[Tensor, RoutingStatistics]:
        """The gated sum of the experts' outputs for each token.

        Args:
            x: [B, T, D], any float dtype.
            real: [B, T] bool, False for padding.

        Returns:
            y [B, T, D] in x's dtype, and the statistics of the router.
        """
        return mixture(self.router, x, real, self.run_experts, self.masking)

    def run_experts(self, rows: Tensor, ends: Tensor | None) -> Tensor:
        """Each expert over its block of rows (see `mixture.RunExperts`)."""
        raise NotImplementedError


class SwitchFeedForward(SparseFeedForward):
    """Experts of one width, their weights stacked.

    wi is [E, D, F (2 F if gated)] and wo [E, D, F]: products of few rows are fastest where the
    longer dimension lies together. One grouped or batched product serves all experts, and costs
    what the dense layer's does, whatever their number.
    """

    def __init__(
        self,
        router: Router,
        d_model: int,
        d_ff: int,
        gated: bool,
        expert_dropout: float = 0.0,
        expert_masking: float = 0.0,
    ) -> None:
        super().__init__(router, expert_masking)
        self.gated, self.dropout = gated, expert_dropout
        self.wi = nn.Parameter(torch.empty(router.experts, d_model, d_ff * (2 if gated else 1)))
        self.wo = nn.Parameter(torch.empty(router.experts, d_model, d_ff))

    def initialise(self, scale: float) -> None:
        """See SparseFeedForward."""
        super().initialise(scale)
        for weight, fan_in in ((self.wi, self.wi.shape[1]), (self.wo, self.wo.shape[2])):
            truncated_normal_(weight, math.sqrt(scale / fan_in))

    def run_experts(self, rows: Tensor, ends: Tensor | None) -> Tensor:
        """Each expert's two products over its block of rows (see `mixture.RunExperts`)."""
        hidden = activate(expert_linear(rows, self.wi, ends), self.gated)
        hidden = dropout(hidden, self.dropout, self.training)
        return expert_linear(hidden, self.wo.mT, ends)


class UnequalSwitchFeedForward(SparseFeedForward):
    """Experts of unequal width (future work 4): expert i is a feed-forward of width widths[i].

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
        super().__init__(router, expert_masking)
        self.experts = nn.ModuleList(
            FeedForward(d_model, width, gated, expert_dropout) for width in widths
        )

    def initialise(self, scale: float) -> None:
        """See SparseFeedForward."""
        super().initialise(scale)
        for expert in self.blocks():
            expert.initialise(scale)

    def run_experts(self, rows: Tensor, ends: Tensor | None) -> Tensor:
        """Each expert over its block of rows (see `mixture.RunExperts`)."""
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
