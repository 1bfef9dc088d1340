"""Tokens to their experts and back: what every sparse layer does around its experts' products.

Shapes: B batch, T positions, N = B * T tokens, D d_model, E experts, A assignments (dispatch.py).
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

    x: [B, T, D]; real: [B, T] bool, False for padding. Where no expert takes a token the result is
    0, so that only the residual carries it on. masking: share of the tokens whose experts' output
    is left out in training (expert output masking, NLLB, arXiv 2207.04672, section 6.2), the
    others' scaled up as in dropout. The result is [B, T, width of the rows], in x's dtype.
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
    """x [A, D] by way of each row's expert; the result [A, any width] in the order of x."""
    plan, blocks = routing.plan, fit_blocks(routing.plan, routing.expert)
    if blocks is not None:
        return collect(run_experts(spread(x, blocks), None), blocks)
    rows = permute(x, plan.order, plan.inverse)
    return permute(run_experts(rows, plan.ends), plan.inverse, plan.order)


def token_mask(tokens: int, masking: float, like: Tensor) -> Tensor:
    """[tokens] of 0 for a share `masking` and 1 / (1 - masking) for the others."""
    kept = torch.full((tokens,), 1 - masking, device=like.device)
    return torch.bernoulli(kept) / (1 - masking)
