"""torch's fused AdamW for fairseq: one kernel for all parameters (`--optimizer fused_adamw`)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from fairseq.dataclass import FairseqDataclass
from fairseq.optim import FairseqOptimizer, register_optimizer
from omegaconf import II

from .model import option


@dataclass
class FusedAdamWConfig(FairseqDataclass):
    """Options of AdamW (Loshchilov & Hutter, arXiv 1711.05101)."""

    adamw_beta1: float = option(0.9, "decay of the mean of gradients")
    adamw_beta2: float = option(0.98, "decay of the mean of squared gradients")
    adamw_eps: float = option(1e-8, "added to the root of the second moment")
    weight_decay: float = option(0.0, "decoupled weight decay")
    lr: list[float] = II("optimization.lr")


@register_optimizer("fused_adamw", dataclass=FusedAdamWConfig)
class FusedAdamW(FairseqOptimizer):
    """torch.optim.AdamW(fused=True), on CPU and CUDA."""

    def __init__(self, cfg: FusedAdamWConfig, params: Iterable[torch.nn.Parameter]) -> None:
        super().__init__(cfg)
        self._optimizer = torch.optim.AdamW(params, fused=True, **self.optimizer_config)

    @property
    def optimizer_config(self) -> dict[str, Any]:
        """What a resumed run takes from the command line instead of the checkpoint."""
        return {
            "lr": self.cfg.lr[0],
            "betas": (self.cfg.adamw_beta1, self.cfg.adamw_beta2),
            "eps": self.cfg.adamw_eps,
            "weight_decay": self.cfg.weight_decay,
        }
