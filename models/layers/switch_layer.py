"""The Switch feed-forward layer: many experts, one for each token (arXiv 2101.03961, section 2).

Shapes: B batch, T positions, D d_model, F d_ff, E experts, A assignments (dispatch.py).
"""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout, grouped_mm

from .feed_forward import activate, truncated_normal_
from .mixture import mixture, product_dtype
from .router import Router, RoutingStatistics


class SwitchFeedForward(nn.Module):
    """y = p_i(x) E_i(x), summed over the experts i that the router chose (equation 2).

    The experts' weights are stacked, each as in nn.Linear: wi [E, F (2 F if gated), D] and
    wo [E, D, F]. One grouped matrix product serves all experts, and costs what the dense layer's
    does, whatever their number.
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
        self.wi = nn.Parameter(torch.empty(experts, d_ff * (2 if gated else 1), d_model))
        self.wo = nn.Parameter(torch.empty(experts, d_model, d_ff))

    def initialise(self, scale: float) -> None:
        """Truncated normal, std sqrt(scale / fan_in), router included (section 2.4)."""
        self.router.initialise(scale)
        for weight in (self.wi, self.wo):
            truncated_normal_(weight, math.sqrt(scale / weight.shape[2]))

    def forward(self, x: Tensor, real: Tensor) -> tuple[Tensor, RoutingStatistics]:
        """x: [B, T, D]; real: [B, T] bool, False for padding. The result is as x is."""
        return mixture(self.router, x, real, self.run_experts, self.masking)

    def run_experts(self, rows: Tensor, ends: Tensor) -> Tensor:
        """Each expert's two products over its block of rows [A, D], blocks as `ends` [E] says."""
        hidden = activate(expert_linear(rows, self.wi, ends), self.gated)
        return expert_linear(dropout(hidden, self.dropout, self.training), self.wo, ends)


def expert_linear(rows: Tensor, weight: Tensor, ends: Tensor) -> Tensor:
    """rows[block e] weight[e]^T for every expert e.

    rows [A, in], sorted by expert; weight [E, out, in]; ends [E] int32. In autocast's dtype, else
    in that of the rows.
    """
    dtype = product_dtype(rows)
    return grouped_mm(rows.to(dtype), weight.to(dtype).transpose(1, 2), offs=ends)
