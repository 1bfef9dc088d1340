"""The router: which experts each token goes to, and what that choice costs.

Shapes: N tokens (batch and positions flattened), D d_model, E experts, K experts a token goes to,
A = K * N assignments, choice by choice (see dispatch.py).
Equations of Fedus, Zoph & Shazeer (arXiv 2101.03961) unless another source is named.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout

from models.layers.feed_forward import truncated_normal_

from .dispatch import Dispatch, dispatch, expert_capacity, reroute

EXPLORATIONS = ("jitter", "argmax", "sample", "dropout")
ROUTER_DROPOUT = 0.1  # of the exploration "dropout"; the paper does not tell its rate


class RoutingStatistics(NamedTuple):
    """Losses (with gradients) and counts (without) of one router and batch."""

    balance_loss: Tensor  # float32 scalar, E * sum_i f_i P_i (equation 4 without alpha)
    z_loss: Tensor  # float32 scalar, mean of logsumexp(logits)^2 (ST-MoE, arXiv 2202.08906, eq. 5)
    load: Tensor  # [E] float32, share of real tokens whose first choice is the expert (f, eq. 5)
    dropped: Tensor  # float32 scalar, share of real tokens' assignments over capacity


class Routing(NamedTuple):
    """The experts of the tokens and their gates; padding counts nowhere."""

    plan: Dispatch
    gate: Tensor  # [A] float32, factor of an expert's output; 0 over capacity
    expert: Tensor  # [A] int64
    statistics: RoutingStatistics


class Router(nn.Module):
    """p = softmax(W x), no bias; a token goes to its top_k experts (1: Switch, 2: MoE).

    The gate is p_i (equation 2); with several experts their p are made to sum to 1 (GShard,
    arXiv 2006.16668). Choices over an expert's capacity are dropped; with reroute_rounds they try
    so many next best experts first (no-token-left-behind, appendix B, top-1 only).

    Selective precision (section 2.4): the input is cast to float32 in here only; without it the
    router computes in the precision of everything else.
    Exploration (table 11), in training only and on the router's copy of the input: "jitter",
    uniform noise in [1 - jitter, 1 + jitter] as a factor; "dropout"; "sample", experts drawn by p;
    "argmax", none.
    Balance (equations 4-6): with global_balance f is taken over all processes' tokens, so that a
    process may hold few languages (arXiv 2501.11873).
    """

    def __init__(
        self,
        d_model: int,
        experts: int,
        *,
        top_k: int = 1,
        capacity_factor: float | None = None,
        eval_capacity_factor: float | None = None,
        exploration: str = "jitter",
        jitter: float = 0.0,
        reroute_rounds: int = 0,
        selective_precision: bool = True,
        global_balance: bool = True,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(experts, d_model))
        self.experts, self.top_k, self.reroute_rounds = experts, top_k, reroute_rounds
        self.capacity_factor = capacity_factor
        self.eval_capacity_factor = eval_capacity_factor
        self.exploration, self.jitter = exploration, jitter
        self.selective_precision, self.global_balance = selective_precision, global_balance
        self.serving = False  # while text is generated: no token is dropped, nothing is counted

    def initialise(self, scale: float) -> None:
        """Truncated normal, std sqrt(scale / fan_in); the paper's scale is 0.1."""
        truncated_normal_(self.weight, math.sqrt(scale / self.weight.shape[1]))

    def forward(self, x: Tensor, real: Tensor) -> Routing:
        """Choose the experts of each token.

        Args:
            x: [N, D], any float dtype.
            real: bool [N], False for padding.

        Returns:
            The assignments with their gates, and the statistics of the batch.
        """
        if not self.selective_precision:
            return self.route(self.explored(x) @ self.weight.to(x.dtype).t(), real)
        with torch.autocast(device_type=x.device.type, enabled=False):
            return self.route(self.explored(x.float()) @ self.weight.float().t(), real)

    def explored(self, x: Tensor) -> Tensor:
        """The router's input x [N, D] with the noise of training."""
        if not self.training:
            return x
        if self.exploration == "dropout":
            return dropout(x, ROUTER_DROPOUT)
        if self.exploration == "jitter" and self.jitter:
            return jittered(x, self.jitter)
        return x

    def route(self, logits: Tensor, real: Tensor) -> Routing:
        """The routing for logits [N, E] and real, bool [N]."""
        if self.serving:
            return self.serve(logits, real)
        log_total = logits.logsumexp(dim=-1, keepdim=True)
        probabilities = (logits - log_total).exp()
        ranked = self.rank(logits.detach())
        first, real_tokens = ranked[0], real.sum()
        weight = real.to(logits.dtype) / real_tokens.clamp(min=1)
        load = self.load(first, real, real_tokens)
        mean_probability = weight @ probabilities
        plan, expert = self.plan(ranked, real, real_tokens)
        gate = self.gate(probabilities, expert)
        dropped = 1 - plan.kept.sum() / (self.top_k * real_tokens).clamp(min=1)
        return Routing(
            plan,
            gate * plan.kept,
            expert,
            RoutingStatistics(
                balance_loss=self.experts * (load @ mean_probability.float()),
                z_loss=(weight @ log_total.square()).float().squeeze(),
                load=load,
                dropped=torch.where(real_tokens > 0, dropped, 0.0),
            ),
        )

    def serve(self, logits: Tensor, real: Tensor) -> Routing:
        """The routing without drops and with statistics of 0: a third fewer operations."""
        expert = self.rank(logits)[: self.top_k].flatten()
        real = real.repeat(self.top_k) if self.top_k > 1 else real
        plan = dispatch(expert, real, self.experts, None)
        gate = self.gate(logits.softmax(dim=-1), expert)
        nothing = gate.new_zeros(())
        statistics = RoutingStatistics(nothing, nothing, nothing.expand(self.experts), nothing)
        return Routing(plan, gate * plan.kept, expert, statistics)

    def gate(self, probabilities: Tensor, expert: Tensor) -> Tensor:
        """The gates, factors of the experts' outputs: float32 [A], for probabilities [N, E]."""
        gate = probabilities.gather(1, expert.view(-1, len(probabilities)).t()).t()
        if self.top_k > 1:
            gate = gate / gate.sum(dim=0).clamp(min=1e-9)
        return gate.flatten().float()

    def rank(self, logits: Tensor) -> Tensor:
        """Each token's experts, best first: int64 [K, N], or with rerouting [1 + rounds, N].

        By logits, which tell apart what probabilities round to the same (upcycled routers).
        """
        choices = min(self.top_k + self.reroute_rounds, self.experts)
        if self.training and self.exploration == "sample":
            return torch.multinomial(logits.float().softmax(dim=-1), choices).t()
        if choices == 1:
            return logits.max(dim=-1).indices[None]  # argmax takes twice the time on a CPU
        return logits.topk(choices).indices.t()

    def plan(self, ranked: Tensor, real: Tensor, real_tokens: Tensor) -> tuple[Dispatch, Tensor]:
        """The order for the experts, and the expert [A] of each assignment."""
        factor = self.capacity_factor if self.training else self.eval_capacity_factor
        capacity = None
        if factor is not None:
            capacity = expert_capacity(factor, real_tokens, self.experts)
        if capacity is not None and self.reroute_rounds:
            expert, placed = reroute(ranked, real, self.experts, capacity)
            return dispatch(expert, placed, self.experts, None), expert
        expert = ranked[: self.top_k].flatten()
        real = real.repeat(len(ranked[: self.top_k]))
        return dispatch(expert, real, self.experts, capacity), expert

    def load(self, first: Tensor, real: Tensor, real_tokens: Tensor) -> Tensor:
        """f (equation 5), float32 [E]: shares of the real tokens, perhaps of all processes."""
        tokens = torch.zeros(self.experts, device=first.device).index_add(0, first, real.float())
        if self.training and self.global_balance and processes() > 1:
            sums = torch.cat([tokens, real_tokens.float()[None]])
            torch.distributed.all_reduce(sums)
            tokens, real_tokens = sums[:-1], sums[-1]
        return tokens / real_tokens.clamp(min=1)


def jittered(x: Tensor, jitter: float) -> Tensor:
    """x times noise that is uniform in [1 - jitter, 1 + jitter], in 2^16 steps, number by number.

    Four numbers come from one draw of 64 bits: on a CPU half the time of four draws.
    """
    draws = torch.empty((x.numel() + 3) // 4, dtype=torch.int64, device=x.device).random_(
        -(2**63), None
    )
    steps = draws.view(torch.int16)[: x.numel()].view(x.shape)
    return torch.addcmul(x, x, steps.to(x.dtype) + 0.5, value=jitter / 2**15)


def processes() -> int:
    """Number of processes that train together."""
    distributed = torch.distributed
    ready = distributed.is_available() and distributed.is_initialized()
    return distributed.get_world_size() if ready else 1
