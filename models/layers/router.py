"""The Switch router: which one expert each token goes to, and what that choice costs.

Shapes: N tokens (batch and positions flattened), D d_model, E experts.
Equations of Fedus, Zoph & Shazeer (arXiv 2101.03961) unless another source is named.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from .feed_forward import truncated_normal_


class Routing(NamedTuple):
    """Where the tokens go, and the layer's statistics. Padding has weight nothing anywhere."""

    expert: Tensor  # [N] int64, the expert of each token
    gate: Tensor  # [N] float32, its router probability; 0 for padding
    load: Tensor  # [E] float32, share of real tokens whose argmax is the expert (f, equation 5)
    balance_loss: Tensor  # float32 scalar, E * sum_i f_i P_i (equation 4 without alpha)
    z_loss: Tensor  # float32 scalar, mean of logsumexp(logits)^2 (ST-MoE, arXiv 2202.08906, eq. 5)


class Router(nn.Module):
    """p = softmax(W x) in float32, top-1 (equation 1); no bias.

    Selective precision (section 2.4): the input is cast to float32 in here only.
    Jitter: in training the router's copy of the input is multiplied by uniform noise in
    [1 - jitter, 1 + jitter]; the experts see the input without noise.
    """

    def __init__(self, d_model: int, experts: int, jitter: float = 0.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(experts, d_model))
        self.jitter = jitter

    def initialise(self, scale: float) -> None:
        """Truncated normal, std sqrt(scale / fan_in); the paper's scale is 0.1."""
        truncated_normal_(self.weight, math.sqrt(scale / self.weight.shape[1]))

    def forward(self, x: Tensor, real: Tensor) -> Routing:
        """Route x [N, D], any float dtype; real [N] bool is False for padding."""
        with torch.autocast(device_type=x.device.type, enabled=False):
            x = x.float()
            if self.training and self.jitter:
                x = x * torch.empty_like(x).uniform_(1 - self.jitter, 1 + self.jitter)
            logits = x @ self.weight.float().t()
            probabilities = logits.softmax(dim=-1)
            gate, expert = probabilities.max(dim=-1)
            weight = real.float() / real.sum().clamp(min=1)
            load = torch.zeros_like(probabilities[0]).index_add(0, expert, weight)
            mean_probability = weight @ probabilities
            return Routing(
                expert=expert,
                gate=gate * real,
                load=load,
                balance_loss=len(load) * (load @ mean_probability),
                z_loss=weight @ logits.logsumexp(dim=-1).square(),
            )
