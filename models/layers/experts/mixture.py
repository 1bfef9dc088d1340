"""The mixture of experts: tokens to their experts and back, around any experts' products.

Shapes: B batch, T positions, N = B * T tokens, D d_model, E experts, K experts a token goes to,
A = K * N assignments (dispatch.py), M rows of a padded block (padded_blocks.py).
"""

from collections.abc import Callable

import torch
from torch import Tensor

from .dispatch import permute
from .padded_blocks import collect, fit_blocks, spread
from .router import Router, Routing, RoutingStatistics

RunExperts = Callable[[Tensor, Tensor | None], Tensor]
"""(rows [A, D] sorted by expert, ends [E] int32 of the experts' blocks) -> rows [A, any width], or
(rows [E, M, D] in padded blocks, None) -> [E, M, any width]."""


def mixture(
    router: Router, x: Tensor, real: Tensor, run_experts: RunExperts, masking: float = 0.0
) -> tuple[Tensor, RoutingStatistics]:
    """sum over a token's experts i of gate_i(x) E_i(x) (Switch, equation 2).

    Args:
        router: chooses the experts and the gates.
        x: [B, T, D], any float dtype.
        real: bool [B, T], False for padding.
        run_experts: the experts' products (see RunExperts).
        masking: expert output masking (NLLB, arXiv 2207.04672, section 6.2): share of the tokens
            whose experts' output is left out in training, the others' scaled up as in dropout.

    Returns:
        [B, T, width of the experts' rows] in x's dtype, 0 for a token that no expert takes (the
        residual alone carries it on); and the statistics of the router.
    """
    flat, real = x.flatten(0, 1), real.flatten()
    routing = router(flat, real)
    choices, gate = router.top_k, routing.gate
    outputs = through_experts(
        flat.repeat(choices, 1) if choices > 1 else flat, routing, run_experts
    )
    if masking and router.training:
        gate = gate * token_mask(len(flat), masking, gate).repeat(choices)
    y = outputs * gate[:, None].to(outputs.dtype)
    if choices > 1:
        y = y.view(choices, len(flat), -1).sum(dim=0)
    return y.to(x.dtype).view(*x.shape[:-1], -1), routing.statistics


def through_experts(x: Tensor, routing: Routing, run_experts: RunExperts) -> Tensor:
    """The experts' outputs [A, any width] for x [A, D], in the order of x."""
    plan, blocks = routing.plan, fit_blocks(routing.plan, routing.expert)
    if blocks is not None:
        return collect(run_experts(spread(x, blocks), None), blocks)
    rows = permute(x, plan.order, plan.inverse)
    return permute(run_experts(rows, plan.ends), plan.inverse, plan.order)


def token_mask(tokens: int, masking: float, like: Tensor) -> Tensor:
    """Factors [tokens]: 0 for a share `masking` of them, 1 / (1 - masking) for the others."""
    kept = torch.full((tokens,), 1 - masking, device=like.device)
    return torch.bernoulli(kept) / (1 - masking)
