import copy
from argparse import Namespace
from collections.abc import Callable
from typing import Any

import pytest
import torch
from fairseq import optim
from fairseq.dataclass.configs import FairseqConfig
from fairseq.optim import FairseqOptimizer
from fairseq.optim.fp16_optimizer import FP16Optimizer
from omegaconf import OmegaConf
from torch import nn

import models.plugin.optimizers  # noqa: F401  (registers)
from langs.errors import InputError
from models.layers.experts.router import Router
from models.plugin.learning_rates import ROUTER, mark, scaled_updates

OPTIMIZERS: dict[str, dict[str, Any]] = {
    "fused_adamw": {"weight_decay": 0.1},
    "t5_adafactor": {},
    "adam": {"weight_decay": 0.1},
    "adagrad": {},
    "nag": {"momentum": 0.9, "weight_decay": 0.1},
    "sgd": {"momentum": 0.9},
    "adafactor": {
        "adafactor_eps": "(1e-30, 1e-3)",
        "clip_threshold": 1.0,
        "decay_rate": -0.8,
        "beta1": None,
        "scale_parameter": False,
        "relative_step": False,
        "warmup_init": False,
    },
}
RATES = (0.02, 0.04, 0.01, 0.03)  # of a schedule


class Sparse(nn.Module):
    """A router beside another weight."""

    def __init__(self) -> None:
        super().__init__()
        self.router = Router(4, 3)
        self.router.initialise(1.0)
        self.other = nn.Linear(4, 4)
        mark(self)


def build(name: str, parameters: list[nn.Parameter], lr: float) -> FairseqOptimizer:
    options = {"weight_decay": 0.0, "adam_betas": "(0.9, 0.98)", "adam_eps": 1e-8, "tpu": False}
    known = Namespace(optimizer=name, lr=[lr], **(options | OPTIMIZERS[name]))
    return optim.build_optimizer(known, parameters)


def train(
    model: nn.Module, optimizer: FairseqOptimizer, rate_factor: float, factor: float = 1.0
) -> None:
    """Steps with gradients and rates that are the same every time."""
    generator = torch.Generator().manual_seed(1)
    for rate in RATES:
        for parameter in model.parameters():
            parameter.grad = torch.randn(parameter.shape, generator=generator).to(parameter.dtype)
        optimizer.set_lr(rate_factor * rate)
        with scaled_updates(optimizer, model, {ROUTER: factor}):
            optimizer.step()


def copied(model: Sparse) -> Sparse:
    other = Sparse()
    other.load_state_dict(model.state_dict())
    return other


@pytest.mark.parametrize("factor", [0.1, 0.0, 3.0])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_is_a_learning_rate_of_the_routers(name: str, factor: float) -> None:
    """Reference: the whole model at the router's rate, and at the rate of all else."""
    model = Sparse()
    slow, usual = copied(model), copied(model)
    train(model, build(name, list(model.parameters()), RATES[0]), 1.0, factor)
    if factor:
        train(slow, build(name, list(slow.parameters()), factor * RATES[0]), factor)
    train(usual, build(name, list(usual.parameters()), RATES[0]), 1.0)
    torch.testing.assert_close(model.router.weight, slow.router.weight, rtol=1e-5, atol=1e-6)
    assert torch.equal(model.other.weight, usual.other.weight)
    assert not torch.equal(model.router.weight, usual.router.weight)


def test_a_factor_of_1_changes_no_bit() -> None:
    model = Sparse()
    usual = copied(model)
    train(model, build("fused_adamw", list(model.parameters()), 0.1), 1.0, 1.0)
    optimizer = build("fused_adamw", list(usual.parameters()), 0.1)
    generator = torch.Generator().manual_seed(1)
    for rate in RATES:
        for parameter in usual.parameters():
            parameter.grad = torch.randn(parameter.shape, generator=generator)
        optimizer.set_lr(rate)
        optimizer.step()
    assert torch.equal(model.router.weight, usual.router.weight)


def test_state_of_a_run_without_the_factor_is_taken_over() -> None:
    """An old checkpoint: the optimizer's state has no trace of the factor."""
    model = Sparse()
    before = build("fused_adamw", list(model.parameters()), 0.1)
    train(model, before, 1.0)
    slow = copied(model)
    for other, rate_factor, factor in ((model, 1.0, 0.5), (slow, 0.5, 1.0)):
        optimizer = build("fused_adamw", list(other.parameters()), 0.1)
        saved = copy.deepcopy(before.state_dict())
        optimizer.load_state_dict(saved, optimizer.optimizer_config)
        train(other, optimizer, rate_factor, factor)
    torch.testing.assert_close(model.router.weight, slow.router.weight, rtol=1e-5, atol=1e-6)


def half_precision(model: nn.Module) -> FP16Optimizer:
    config = OmegaConf.structured(FairseqConfig)
    config.common.bf16 = True
    config.optimization.update_freq = [1]
    config.optimizer = OmegaConf.create(
        {"_name": "sgd", "lr": [0.5], "momentum": 0.0, "weight_decay": 0.0, "tpu": False}
    )
    return FP16Optimizer.build_optimizer(config, list(model.parameters()))


def test_weights_in_half_precision_are_those_of_the_scaled_float32_copies() -> None:
    model = Sparse().bfloat16()
    start = model.router.weight.detach().float()
    optimizer = half_precision(model)
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimizer._needs_sync = True  # as its backward sets
    with scaled_updates(optimizer, model, {ROUTER: 0.25}):
        optimizer.step()
    assert torch.equal(model.router.weight, (start - 0.25 * 0.5).bfloat16())


def test_parameters_that_are_joined_are_refused() -> None:
    model = Sparse()
    joined = nn.Parameter(torch.cat([p.detach().flatten() for p in model.parameters()]))
    optimizer = build("sgd", [joined], 0.1)
    refused = pytest.raises(InputError, match="--fp16-no-flatten-grads")
    with refused, scaled_updates(optimizer, model, {ROUTER: 0.1}):
        pass
    with scaled_updates(optimizer, model, {ROUTER: 1.0}):
        pass
    model.router.weight.requires_grad_(False)  # frozen: nothing to scale
    with scaled_updates(optimizer, model, {ROUTER: 0.1}):
        pass


@pytest.mark.parametrize("wrap", [lambda model: model, lambda model: model.double()])
def test_marks_stay_on_the_model(wrap: Callable[[nn.Module], nn.Module]) -> None:
    model = wrap(Sparse())
    kinds = {name: getattr(p, "param_group", None) for name, p in model.named_parameters()}
    assert kinds == {"router.weight": ROUTER, "other.weight": None, "other.bias": None}
