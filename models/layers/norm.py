"""RMSNorm: layer normalisation without mean and bias (T5; Zhang & Sennrich, arXiv 1910.07467)."""

import torch
from torch import Tensor, nn


class RMSNorm(nn.Module):
    """Divide by the root mean square of the last dimension, then scale; eps 1e-6 as in T5.

    The mean square is taken in float32 whatever the input's dtype.
    """

    def __init__(self, d_model: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d_model))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """x: [..., d_model], any float dtype; the result has its shape and dtype."""
        y = nn.functional.rms_norm(x.float(), self.weight.shape, eps=self.eps)
        return y.to(x.dtype) * self.weight
