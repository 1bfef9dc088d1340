"""The Switch feed-forward layer: many experts, one for each token (arXiv 2101.03961, section 2).

Shapes: B batch, T positions, D d_model, F d_ff, E experts, A assignments (dispatch.py).
"""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout

from models.layers.feed_forward import activate, truncated_normal_

from .expert_linear import expert_linear
from .mixture import mixture
from .router import Router, RoutingStatistics


class SwitchFeedForward(nn.Module):
    """y = p_i(x) E_i(x), summed over the experts i that the router chose (equation 2).

    The experts' weights are stacked, wi [E, D, F (2 F if gated)] and wo [E, D, F]: products of few
    rows are fastest where the longer dimension lies together. One grouped or batched product serves
    all experts, and costs what the dense layer's does, whatever their number.
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
        super().__init__()
        experts = router.experts
        self.router, self.gated = router, gated
        self.dropout, self.masking = expert_dropout, expert_masking
        self.wi = nn.Parameter(torch.empty(experts, d_model, d_ff * (2 if gated else 1)))
        self.wo = nn.Parameter(torch.empty(experts, d_model, d_ff))

    def initialise(self, scale: float) -> None:
        """Truncated normal, std sqrt(scale / fan_in), router included (section 2.4)."""
        self.router.initialise(scale)
        for weight, fan_in in ((self.wi, self.wi.shape[1]), (self.wo, self.wo.shape[2])):
            truncated_normal_(weight, math.sqrt(scale / fan_in))

    def forward(self, x: Tensor, real: Tensor) -> tuple[Tensor, RoutingStatistics]:
        """x: [B, T, D]; real: [B, T] bool, False for padding. The result is as x is."""
        return mixture(self.router, x, real, self.run_experts, self.masking)

    def run_experts(self, rows: Tensor, ends: Tensor | None) -> Tensor:
        """Each expert's two products over its block of rows (see RunExperts)."""
        hidden = activate(expert_linear(rows, self.wi, ends), self.gated)
        hidden = dropout(hidden, self.dropout, self.training)
        return expert_linear(hidden, self.wo.mT, ends)
