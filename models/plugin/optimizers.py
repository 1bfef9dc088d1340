"""Optimizers for fairseq: Adafactor as T5 uses it (`t5_adafactor`), AdamW in one kernel
(`fused_adamw`).

fairseq's own Adafactor takes a stacked expert weight [E, in, out] as one matrix for update clipping
and parameter scale; here each expert is a parameter of its own, as in the paper's models.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
from fairseq.dataclass import FairseqDataclass
from fairseq.optim import FairseqOptimizer, register_optimizer
from omegaconf import II
from torch import Tensor

from .model import option

SQUARED_GRADIENT_EPS = 1e-30  # epsilon 1 of the paper
PARAMETER_SCALE_EPS = 1e-3  # epsilon 2


def root_mean_square(x: Tensor) -> Tensor:
    """RMS over the last two dimensions (all, for vectors), kept as size 1: one value an expert."""
    dims = tuple(range(max(0, x.dim() - 2), x.dim()))
    return x.square().mean(dim=dims, keepdim=True).sqrt()


class Adafactor(torch.optim.Optimizer):
    """Adafactor (Shazeer & Stern, arXiv 1804.04235): no momentum, factored second moments for
    matrices, steps relative to the parameter's size.

    update = lr * max(eps2, RMS(p)) * u / max(1, RMS(u) / clip), u = g / sqrt(v), where v decays by
    1 - t^-0.8 (algorithms 4 and 5). With relative=False, lr is the absolute step.
    """

    def __init__(
        self,
        params: Iterable[torch.nn.Parameter],
        lr: float,
        clip_threshold: float = 1.0,
        decay_exponent: float = 0.8,
        relative: bool = True,
    ) -> None:
        defaults = {
            "lr": lr,
            "clip_threshold": clip_threshold,
            "decay_exponent": decay_exponent,
            "relative": relative,
        }
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """One update of every parameter that has a gradient."""
        loss = closure() if closure is not None else None
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self.update(parameter, parameter.grad.float(), group)
        return loss

    def update(self, parameter: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        """Update one parameter in place."""
        state = self.state[parameter]
        state["step"] = state.get("step", 0) + 1
        decay = 1.0 - state["step"] ** -group["decay_exponent"]
        update = gradient * self.inverse_root(state, gradient.square(), decay)
        update /= (root_mean_square(update) / group["clip_threshold"]).clamp(min=1.0)
        if group["relative"]:
            update *= root_mean_square(parameter.float()).clamp(min=PARAMETER_SCALE_EPS)
        parameter.add_(update.to(parameter.dtype), alpha=-group["lr"])

    @staticmethod
    def inverse_root(state: dict[str, Any], squared: Tensor, decay: float) -> Tensor:
        """1 / sqrt(v); v from row and column means for (stacked) matrices, whole for vectors."""
        squared = squared + SQUARED_GRADIENT_EPS
        if squared.dim() < 2:
            v = state.setdefault("v", torch.zeros_like(squared))
            return v.lerp_(squared, 1 - decay).rsqrt()
        row = state.setdefault("row", torch.zeros_like(squared[..., :1]))
        column = state.setdefault("column", torch.zeros_like(squared[..., :1, :]))
        row.lerp_(squared.mean(dim=-1, keepdim=True), 1 - decay)
        column.lerp_(squared.mean(dim=-2, keepdim=True), 1 - decay)
        return (row / row.mean(dim=-2, keepdim=True)).rsqrt() * column.rsqrt()


@dataclass
class AdafactorConfig(FairseqDataclass):
    """Options of Adafactor."""

    clip_threshold: float = option(1.0, "update clipping: largest root mean square of an update")
    decay_exponent: float = option(0.8, "decay of second moments: 1 - step^-EXPONENT")
    absolute_step: bool = option(False, "do not scale steps by the parameter's root mean square")
    lr: list[float] = II("optimization.lr")


@register_optimizer("t5_adafactor", dataclass=AdafactorConfig)
class FairseqAdafactor(FairseqOptimizer):
    """`--optimizer t5_adafactor`; T5 pretrains with lr 0.01 and an inverse square root schedule."""

    def __init__(self, cfg: AdafactorConfig, params: Iterable[torch.nn.Parameter]) -> None:
        super().__init__(cfg)
        self._optimizer = Adafactor(params, **self.optimizer_config)

    @property
    def optimizer_config(self) -> dict[str, Any]:
        """The settings that a resumed run takes from the command line, not from the checkpoint."""
        return {
            "lr": self.cfg.lr[0],
            "clip_threshold": self.cfg.clip_threshold,
            "decay_exponent": self.cfg.decay_exponent,
            "relative": not self.cfg.absolute_step,
        }


@dataclass
class FusedAdamWConfig(FairseqDataclass):
    """Options of AdamW (Loshchilov & Hutter, arXiv 1711.05101)."""

    adamw_beta1: float = option(0.9, "beta 1: decay of the mean gradient")
    adamw_beta2: float = option(0.98, "beta 2: decay of the mean squared gradient")
    adamw_eps: float = option(1e-8, "epsilon: added to the root of the second moment")
    weight_decay: float = option(0.0, "decoupled weight decay")
    lr: list[float] = II("optimization.lr")


@register_optimizer("fused_adamw", dataclass=FusedAdamWConfig)
class FusedAdamW(FairseqOptimizer):
    """`--optimizer fused_adamw`: torch.optim.AdamW(fused=True), one kernel for all parameters."""

    def __init__(self, cfg: FusedAdamWConfig, params: Iterable[torch.nn.Parameter]) -> None:
        super().__init__(cfg)
        self._optimizer = torch.optim.AdamW(params, fused=True, **self.optimizer_config)

    @property
    def optimizer_config(self) -> dict[str, Any]:
        """The settings that a resumed run takes from the command line, not from the checkpoint."""
        return {
            "lr": self.cfg.lr[0],
            "betas": (self.cfg.adamw_beta1, self.cfg.adamw_beta2),
            "eps": self.cfg.adamw_eps,
            "weight_decay": self.cfg.weight_decay,
        }
