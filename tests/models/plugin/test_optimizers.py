import pytest
import torch
from transformers.optimization import Adafactor as TransformersAdafactor

from models.plugin.optimizers import (
    Adafactor,
    AdafactorConfig,
    FairseqAdafactor,
    FusedAdamW,
    FusedAdamWConfig,
)

ADAMW_SETTINGS = {"adamw_beta1": 0.8, "adamw_beta2": 0.95, "adamw_eps": 1e-6}
SHAPES = [(6, 4), (5,), (3, 6, 4), (1, 1), ()]


def parameters(shapes: list[tuple[int, ...]]) -> list[torch.nn.Parameter]:
    return [torch.nn.Parameter(torch.randn(shape)) for shape in shapes]


def take_steps(optimizer: torch.optim.Optimizer, steps: int, scale: float = 1.0) -> None:
    """Steps with the same random gradients for every optimizer."""
    generator = torch.Generator().manual_seed(1)
    for _ in range(steps):
        for parameter in optimizer.param_groups[0]["params"]:
            gradient = torch.randn(parameter.shape, generator=generator)
            parameter.grad = scale * gradient
        optimizer.step()


@pytest.mark.parametrize("relative", [True, False])
@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e3])
def test_equals_transformers(relative: bool, scale: float) -> None:
    # Stacked weights are one matrix there: only matrices and vectors are comparable.
    ours = parameters([(6, 4), (5,), (1, 1)])
    theirs = [torch.nn.Parameter(p.detach().clone()) for p in ours]
    take_steps(Adafactor(ours, lr=0.01, relative=relative), 10, scale)
    reference = TransformersAdafactor(
        theirs, lr=0.01, relative_step=False, scale_parameter=relative, warmup_init=False
    )
    take_steps(reference, 10, scale)
    for our, their in zip(ours, theirs, strict=True):
        torch.testing.assert_close(our, their, rtol=1e-5, atol=1e-6)


def test_stacked_experts_equal_separate_parameters() -> None:
    stacked = torch.nn.Parameter(
        torch.randn(4, 6, 5) * torch.tensor([1, 10, 0.1, 1e-5]).view(4, 1, 1)
    )
    separate = [torch.nn.Parameter(expert.detach().clone()) for expert in stacked]
    one, many = Adafactor([stacked], lr=0.02), Adafactor(separate, lr=0.02)
    for step in range(6):
        gradient = torch.randn(4, 6, 5) * torch.tensor([1, 1e-3, 100, 1]).view(4, 1, 1)
        stacked.grad = gradient
        for parameter, part in zip(separate, gradient, strict=True):
            parameter.grad = part if step % 2 else part.clone()
        one.step()
        many.step()
    torch.testing.assert_close(stacked, torch.stack(separate), rtol=1e-5, atol=1e-7)


def test_first_step_by_hand() -> None:
    # v = g^2 in the first step, so u = sign(g), RMS(u) = 1; the step is lr * RMS(p).
    parameter = torch.nn.Parameter(torch.tensor([3.0, 4.0]))
    parameter.grad = torch.tensor([0.5, -20.0])
    Adafactor([parameter], lr=0.1).step()
    step = 0.1 * 12.5**0.5
    torch.testing.assert_close(parameter.detach(), torch.tensor([3 - step, 4 + step]))


def test_update_is_clipped_by_its_root_mean_square() -> None:
    parameter = torch.nn.Parameter(torch.zeros(4))
    optimizer = Adafactor([parameter], lr=1.0, relative=False)
    for size in (1e-3, 1e-3, 1e3):  # the last update would be far larger than 1
        parameter.grad = torch.full((4,), size)
        before = parameter.detach().clone()
        optimizer.step()
    torch.testing.assert_close(before - parameter.detach(), torch.ones(4))


def test_a_zero_parameter_can_leave_zero() -> None:
    parameter = torch.nn.Parameter(torch.zeros(4))
    parameter.grad = torch.ones(4)
    Adafactor([parameter], lr=0.1).step()
    torch.testing.assert_close(parameter.detach(), torch.full((4,), -0.1 * 1e-3))


def test_zero_and_missing_gradients_are_harmless() -> None:
    ours = parameters(SHAPES)
    kept = [p.detach().clone() for p in ours]
    for parameter in ours[1:]:
        parameter.grad = torch.zeros_like(parameter)
    Adafactor(ours, lr=0.1).step()
    for parameter, before in zip(ours, kept, strict=True):
        assert torch.equal(parameter, before)


def test_state_is_kept_and_given_back() -> None:
    ours = parameters(SHAPES)
    copies = [torch.nn.Parameter(p.detach().clone()) for p in ours]
    through = Adafactor(ours, lr=0.01)
    take_steps(through, 6)
    first, second = Adafactor(copies, lr=0.01), Adafactor(copies, lr=0.01)
    generator = torch.Generator().manual_seed(1)
    for step in range(6):
        optimizer = first if step < 3 else second
        if step == 3:
            second.load_state_dict(first.state_dict())
        for parameter in copies:
            parameter.grad = torch.randn(parameter.shape, generator=generator)
        optimizer.step()
    for our, copy in zip(ours, copies, strict=True):
        assert torch.equal(our, copy)


def test_memory_of_a_matrix_is_a_row_and_a_column() -> None:
    ours = parameters([(3, 40, 50)])
    optimizer = Adafactor(ours, lr=0.01)
    take_steps(optimizer, 1)
    held = sum(v.numel() for v in optimizer.state[ours[0]].values() if torch.is_tensor(v))
    assert held == 3 * (40 + 50)


def test_fairseq_options() -> None:
    config = AdafactorConfig(clip_threshold=2.0, decay_exponent=0.5, absolute_step=True, lr=[0.3])
    optimizer = FairseqAdafactor(config, parameters([(2, 2)]))
    group = optimizer.optimizer.param_groups[0]
    wanted = {"lr": 0.3, "clip_threshold": 2.0, "decay_exponent": 0.5, "relative": False}
    assert {name: group[name] for name in wanted} == wanted


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_equals_adamw(weight_decay: float) -> None:
    ours = [torch.nn.Parameter(torch.randn(shape)) for shape in ((6, 4), (5,), (3, 2, 2))]
    theirs = [torch.nn.Parameter(p.detach().clone()) for p in ours]
    config = FusedAdamWConfig(**ADAMW_SETTINGS, weight_decay=weight_decay, lr=[0.02])
    optimizer = FusedAdamW(config, ours)
    reference = torch.optim.AdamW(
        theirs, lr=0.02, betas=(0.8, 0.95), eps=1e-6, weight_decay=weight_decay, foreach=False
    )
    for _ in range(10):
        for our, their in zip(ours, theirs, strict=True):
            our.grad = torch.randn_like(our)
            their.grad = our.grad.clone()
        optimizer.step()
        reference.step()
    for our, their in zip(ours, theirs, strict=True):
        torch.testing.assert_close(our, their)
    assert optimizer.optimizer.param_groups[0]["fused"]


def test_fairseq_sets_the_learning_rate() -> None:
    optimizer = FusedAdamW(FusedAdamWConfig(lr=[0.5]), [torch.nn.Parameter(torch.ones(2))])
    assert optimizer.get_lr() == 0.5
    optimizer.set_lr(0.25)
    assert optimizer.get_lr() == 0.25
