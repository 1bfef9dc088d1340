"""The Switch layer as the paper's pseudo-code (arXiv 2101.03961, appendix F), written as loops.

One token after the other, plain Python numbers, no import from `models`: what the fast
implementation is held against.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass
class SwitchResult:
    """What the layer gives for [N, D] tokens."""

    output: Tensor  # [N, D]
    balance_loss: Tensor
    z_loss: Tensor
    load: list[float]
    dropped: float
    expert: list[int]
    gate: list[float]


def capacity(capacity_factor: float | None, real_tokens: int, experts: int) -> float:
    """Rows of an expert's buffer: ceil(factor * tokens / experts), at least 4."""
    if capacity_factor is None:
        return math.inf
    return max(4, math.ceil(round(capacity_factor * real_tokens / experts, 6)))


def feed_forward(x: Tensor, wi: Tensor, wo: Tensor, gated: bool) -> Tensor:
    """One expert's output for one token [D]; wi [D, F or 2 F], wo [F, D]."""
    hidden = x @ wi
    if not gated:
        return torch.clamp(hidden, min=0) @ wo
    gate, linear = hidden[: len(wo)], hidden[len(wo) :]
    inner = math.sqrt(2 / math.pi) * (gate + 0.044715 * gate**3)
    return (0.5 * gate * (1 + torch.tanh(inner)) * linear) @ wo


def switch_layer(
    x: Tensor,
    real: list[bool],
    router: Tensor,
    wi: Tensor,
    wo: Tensor,
    gated: bool,
    capacity_factor: float | None,
) -> SwitchResult:
    """x [N, D]; router [E, D]; wi [E, D, F or 2 F]; wo [E, F, D]; all of one dtype."""
    experts, tokens = len(router), sum(real)
    room = [capacity(capacity_factor, tokens, experts)] * experts
    load = [0.0] * experts
    probability_mean = [x.new_zeros(()) for _ in range(experts)]
    z_loss, rows, chosen, gates, dropped = x.new_zeros(()), [], [], [], 0
    for token, is_real in zip(x, real, strict=True):
        logits = [torch.dot(router[e], token) for e in range(experts)]
        exponentials = [logit.exp() for logit in logits]
        total = sum(exponentials, x.new_zeros(()))
        probabilities = [value / total for value in exponentials]
        best = max(range(experts), key=lambda e: logits[e].item())
        chosen.append(best)
        gates.append(probabilities[best].item() if is_real else 0.0)
        row = torch.zeros_like(token)
        if is_real:
            load[best] += 1 / tokens
            for e in range(experts):
                probability_mean[e] = probability_mean[e] + probabilities[e] / tokens
            z_loss = z_loss + total.log() ** 2 / tokens
            if room[best] > 0:
                room[best] -= 1
                row = probabilities[best] * feed_forward(token, wi[best], wo[best], gated)
            else:
                dropped += 1
        rows.append(row)
    balance = x.new_zeros(())
    for e in range(experts):
        balance = balance + experts * load[e] * probability_mean[e]
    share = dropped / max(1, tokens)
    return SwitchResult(torch.stack(rows), balance, z_loss, load, share, chosen, gates)
