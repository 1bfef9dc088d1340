"""The dense feed-forward block of T5: ReLU, or gated GELU as in T5 v1.1 (arXiv 2002.05202)."""

import math

import torch
from torch import Tensor, nn

from .activation import activate
from .linear import linear


class FeedForward(nn.Module):
    """x -> activate(x W_in) W_out; when gated, W_in holds gate and linear part side by side."""

    def __init__(self, d_model: int, d_ff: int, gated: bool, dropout: float = 0.0) -> None:
        super().__init__()
        self.gated, self.dropout = gated, dropout
        self.wi = nn.Linear(d_model, d_ff * (2 if gated else 1), bias=False)
        self.wo = nn.Linear(d_ff, d_model, bias=False)

    def initialise(self, scale: float) -> None:
        """Truncated normal, std sqrt(scale / fan_in) (Switch, section 2.4)."""
        for weight in (self.wi.weight, self.wo.weight):
            truncated_normal_(weight, math.sqrt(scale / weight.shape[1]))

    def forward(self, x: Tensor) -> Tensor:
        """The block's output, without residual.

        Args:
            x: [..., d_model], any float dtype.

        Returns:
            [..., d_model] in x's dtype.
        """
        hidden = activate(linear(x, self.wi.weight), self.gated)
        hidden = nn.functional.dropout(hidden, self.dropout, self.training)
        return linear(hidden, self.wo.weight)


def truncated_normal_(weight: Tensor, std: float) -> None:
    """Fill with a normal cut at two standard deviations (as the paper's initialiser)."""
    with torch.no_grad():
        nn.init.trunc_normal_(weight, std=std, a=-2 * std, b=2 * std)
