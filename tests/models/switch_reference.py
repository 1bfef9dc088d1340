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
    """One expert's output for one token [D]; wi [D, F or 2 F], wo [D, F]."""
    hidden = x @ wi
    if not gated:
        return wo @ torch.clamp(hidden, min=0)
    gate, linear = hidden[: wo.shape[1]], hidden[wo.shape[1] :]
    inner = math.sqrt(2 / math.pi) * (gate + 0.044715 * gate**3)
    return wo @ (0.5 * gate * (1 + torch.tanh(inner)) * linear)


def place(
    wanted: list[list[int]], real: list[bool], room: list[float], top_k: int, rounds: int
) -> list[list[int | None]]:
    """Each token's experts (None: dropped), from its experts best first.

    All first choices are served before the second ones; with rounds (top-1) a token that found no
    place asks for the next best expert, when all others have had their turn.
    """
    placed: list[list[int | None]] = [[] for _ in wanted]
    for turn in range(top_k + rounds):
        for token, experts in enumerate(wanted):
            if not real[token] or turn >= len(experts):
                continue
            if turn >= top_k and placed[token][-1] is not None:
                continue
            found = room[experts[turn]] > 0
            room[experts[turn]] -= found
            answer = experts[turn] if found else None
            if turn < top_k:
                placed[token].append(answer)
            else:
                placed[token][-1] = answer
    return placed


def switch_layer(
    x: Tensor,
    real: list[bool],
    router: Tensor,
    wi: Tensor,
    wo: Tensor,
    gated: bool,
    capacity_factor: float | None,
    top_k: int = 1,
    rounds: int = 0,
) -> SwitchResult:
    """x [N, D]; router [E, D]; wi [E, D, F or 2 F]; wo [E, D, F]; all of one dtype."""
    experts, tokens = len(router), sum(real)
    room = [capacity(capacity_factor, tokens, experts)] * experts
    load = [0.0] * experts
    probability_mean = [x.new_zeros(()) for _ in range(experts)]
    z_loss, rows, chosen, gates, dropped = x.new_zeros(()), [], [], [], 0
    probabilities, wanted = [], []
    for token, is_real in zip(x, real, strict=True):
        logits = [torch.dot(router[e], token) for e in range(experts)]
        exponentials = [logit.exp() for logit in logits]
        total = sum(exponentials, x.new_zeros(()))
        probabilities.append([value / total for value in exponentials])
        wanted.append(sorted(range(experts), key=lambda e: -logits[e].item()))
        chosen.append(wanted[-1][0])
        gates.append(probabilities[-1][chosen[-1]].item() if is_real else 0.0)
        if is_real:
            load[chosen[-1]] += 1 / tokens
            for e in range(experts):
                probability_mean[e] = probability_mean[e] + probabilities[-1][e] / tokens
            z_loss = z_loss + total.log() ** 2 / tokens
    placed = place(wanted, real, room, top_k, rounds)
    for t, token in enumerate(x):
        row = torch.zeros_like(token)
        for e in placed[t]:
            if e is None:
                dropped += 1
                continue
            share = probabilities[t][e]
            if top_k > 1:
                share = share / sum(probabilities[t][i] for i in wanted[t][:top_k])
            row = row + share * feed_forward(token, wi[e], wo[e], gated)
        rows.append(row)
    balance = x.new_zeros(())
    for e in range(experts):
        balance = balance + experts * load[e] * probability_mean[e]
    share = dropped / max(1, top_k * tokens)
    return SwitchResult(torch.stack(rows), balance, z_loss, load, share, chosen, gates)
