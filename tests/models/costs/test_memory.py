from dataclasses import replace

import pytest
import torch

from models.costs.counts import Weight, on_meta, parameters, weights
from models.costs.memory import training_memory
from models.network.architectures import architecture
from models.network.config import TransformerConfig
from models.network.transformer import Transformer
from models.plugin.optimizers import Adafactor

CONFIG = TransformerConfig(30, 16, 24, 4, 2, 2, 2, gated=True, experts=3)


def state_bytes(optimizer: torch.optim.Optimizer) -> int:
    """Bytes of everything an optimizer keeps, but for counters of steps."""
    states = [v for state in optimizer.state.values() for k, v in state.items() if k != "step"]
    return sum(tensor.numel() * tensor.element_size() for tensor in states)


@pytest.mark.parametrize(("name", "kind"), [("adamw", torch.optim.AdamW), ("adafactor", Adafactor)])
def test_bytes_are_those_of_a_real_training_step(
    name: str, kind: type[torch.optim.Optimizer]
) -> None:
    model = Transformer(CONFIG)
    optimizer = kind(model.parameters(), lr=1e-3)
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    found = training_memory(weights(model), name)
    assert found.weights == sum(p.numel() * p.element_size() for p in model.parameters())
    assert found.gradients == sum(p.grad.numel() * 4 for p in model.parameters())
    assert found.optimizer == state_bytes(optimizer)
    assert found.total == found.weights + found.gradients + found.optimizer


def test_bfloat16_keeps_float32_copies() -> None:
    """What fairseq's --bf16 holds: FP16Optimizer.build_fp32_params."""
    from fairseq.optim.fp16_optimizer import FP16Optimizer

    model = Transformer(CONFIG).bfloat16()
    copies = FP16Optimizer.build_fp32_params(None, list(model.parameters()), flatten=False)
    numbers = sum(parameter.numel() for parameter in model.parameters())
    found = training_memory(weights(model), "adamw", "bfloat16")
    assert found.weights == 2 * numbers
    assert found.gradients == 2 * numbers + sum(p.grad.numel() * 4 for p in copies)
    assert found.optimizer == sum(p.numel() * 4 for p in copies) + 8 * numbers


def test_experts_are_spread_and_the_rest_is_on_each_device() -> None:
    of = [Weight("a", (10, 10)), Weight("b", (8, 5, 4), range(8), experts=8)]
    numbers = {1: 260, 2: 180, 3: 100 + 3 * 20, 8: 120, 16: 120}  # 3: of 3, 3 and 2 experts
    for devices, expected in numbers.items():
        assert training_memory(of, "adamw", devices=devices).weights == 4 * expected


def test_the_fullest_device_counts_where_experts_are_of_unequal_width() -> None:
    config = TransformerConfig(
        30, 16, 24, 4, 2, 1, 1, experts=4, sparse_every=1, expert_widths=(8, 16, 64, 24)
    )
    of = weights(on_meta(config))
    experts = 2 * 2 * 16 * (8 + 16 + 64 + 24)  # encoder and decoder
    rest = parameters(of) - experts
    for devices, widths in {1: 112, 2: 64 + 24, 3: 64 + 24, 4: 64, 9: 64}.items():
        found = training_memory(of, "adamw", devices=devices)
        assert found.weights == 4 * (rest + 2 * 2 * 16 * widths)
        assert found.optimizer == 2 * found.weights


def test_dense_models_gain_nothing_by_devices() -> None:
    of = weights(on_meta(replace(architecture("t5_tiny"), vocabulary_size=100)))
    assert training_memory(of, "adamw", devices=8) == training_memory(of, "adamw")
