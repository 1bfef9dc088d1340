"""Learning rates of their own for kinds of parameters: a factor of the optimizer's rate.

A kind is the attribute `param_group` of a parameter, which is fairseq's own and which its float32
copies of half-precision parameters keep. The update of every optimizer is in proportion to its
learning rate, so the factor is taken on the update: rates, schedules, state and checkpoints stay
what they are, whatever the optimizer (docs/decisions/2026-11-29-a-learning-rate-of-routers.md).
A further kind needs its name in `mark` and its factor where `scaled_updates` is called.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from fairseq.optim import FairseqOptimizer
from torch import nn

from langs.errors import InputError
from models.layers.experts.router import Router

ROUTER = "router"
_KIND = "param_group"


def mark(model: nn.Module) -> None:
    """Give the parameters of a model their kinds; call it before the optimizer is built."""
    for module in model.modules():
        if isinstance(module, Router):
            for parameter in module.parameters():
                setattr(parameter, _KIND, ROUTER)


@contextmanager
def scaled_updates(
    optimizer: FairseqOptimizer, model: nn.Module, factors: Mapping[str, float]
) -> Iterator[None]:
    """Scale the update that an optimizer makes inside the context, before fairseq copies it.

    Args:
        optimizer: one of fairseq's or ours, in any precision.
        model: what it trains, marked by `mark`.
        factors: of the updates, by kind; 0 leaves the parameters as they are. Of other kinds, and
            with a factor of 1, nothing is touched.

    Raises:
        InputError: the optimizer has lost the kinds. It has where fairseq joins the float32 copies
            of all parameters to one (`--fp16`).
    """
    factors = {kind: factor for kind, factor in factors.items() if factor != 1.0}
    if not factors:
        yield
        return
    before = [
        (parameter, parameter.detach().clone(), factors[kind])
        for group in optimizer.param_groups
        for parameter in group["params"]
        if (kind := _kind(parameter)) in factors
    ]
    if not before:
        _check_untouched(model, factors)

    @torch.no_grad()
    def scale(*_: Any) -> None:
        for parameter, start, factor in before:
            parameter.lerp_(start, 1.0 - factor)

    hook = optimizer.optimizer.register_step_post_hook(scale)
    try:
        yield
    finally:
        hook.remove()


def _kind(parameter: nn.Parameter) -> str:
    return str(getattr(parameter, _KIND, ""))


def _check_untouched(model: nn.Module, factors: Mapping[str, float]) -> None:
    for parameter in model.parameters():
        if parameter.requires_grad and _kind(parameter) in factors:
            raise InputError(
                f"in this precision all parameters are trained as one, so the {_kind(parameter)} "
                "cannot have a learning rate of its own; give --fp16-no-flatten-grads too"
            )
