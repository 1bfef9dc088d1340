"""The Switch feed-forward layer: many experts, one for each token (arXiv 2101.03961, section 2).

Shapes: B batch, T positions, N = B * T tokens, D d_model, F d_ff, E experts.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout, grouped_mm

from .dispatch import dispatch
from .feed_forward import activate, truncated_normal_
from .router import Router


class RoutingStatistics(NamedTuple):
    """What one Switch layer did with one batch: losses carry gradients, the rest do not."""

    balance_loss: Tensor  # float32 scalar
    z_loss: Tensor  # float32 scalar
    load: Tensor  # [E] float32, share of real tokens an expert was chosen for
    dropped: Tensor  # float32 scalar, share of real tokens over capacity


class SwitchFeedForward(nn.Module):
    """y = p_i(x) E_i(x) with the one expert i the router chose (equation 2).

    Tokens over an expert's capacity get 0 here, so that only the residual carries them on.
    The expert weights are stacked [E, in, out]; one grouped matrix product serves all of them, and
    costs what the dense layer's does, whatever the number of experts.
    """

    def __init__(
        self,
        d_model: int,
        d_ff: int,
        experts: int,
        gated: bool,
        capacity_factor: float | None,
        eval_capacity_factor: float | None,
        jitter: float = 0.0,
        expert_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.experts, self.gated, self.dropout = experts, gated, expert_dropout
        self.capacity_factor = capacity_factor
        self.eval_capacity_factor = eval_capacity_factor
        self.router = Router(d_model, experts, jitter)
        self.wi = nn.Parameter(torch.empty(experts, d_model, d_ff * (2 if gated else 1)))
        self.wo = nn.Parameter(torch.empty(experts, d_ff, d_model))

    def initialise(self, scale: float) -> None:
        """Truncated normal, std sqrt(scale / fan_in), router included (section 2.4)."""
        self.router.initialise(scale)
        for weight in (self.wi, self.wo):
            truncated_normal_(weight, math.sqrt(scale / weight.shape[1]))

    def forward(self, x: Tensor, real: Tensor) -> tuple[Tensor, RoutingStatistics]:
        """x: [B, T, D]; real: [B, T] bool, False for padding. The result is as x is."""
        flat, real = x.flatten(0, 1), real.flatten()
        routing = self.router(flat, real)
        capacity_factor = self.capacity_factor if self.training else self.eval_capacity_factor
        plan = dispatch(routing.expert, real, self.experts, capacity_factor)
        outputs = self.run_experts(flat[plan.order], plan.ends)
        gate = (routing.gate * plan.kept)[plan.order, None].to(x.dtype)
        y = torch.zeros_like(flat).index_copy(0, plan.order, outputs * gate)
        dropped = (real & ~plan.kept).sum() / real.sum().clamp(min=1)
        statistics = RoutingStatistics(
            routing.balance_loss, routing.z_loss, routing.load, dropped.float()
        )
        return y.view_as(x), statistics

    def run_experts(self, rows: Tensor, ends: Tensor) -> Tensor:
        """Each expert's two products over its block of rows [N, D], blocks as `ends` [E] says."""
        dtype = product_dtype(rows)
        rows, wi, wo = rows.to(dtype), self.wi.to(dtype), self.wo.to(dtype)
        hidden = activate(grouped_mm(rows, wi, offs=ends), self.gated)
        hidden = dropout(hidden, self.dropout, self.training)
        return grouped_mm(hidden, wo, offs=ends)


def product_dtype(x: Tensor) -> torch.dtype:
    """autocast's dtype where it is on (it passes grouped_mm by), else x's own."""
    device = x.device.type
    return torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else x.dtype
