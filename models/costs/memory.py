"""Bytes that training keeps on a device from step to step: weights, gradients, optimizer state.

Activations are not counted: they go with the batch and its lengths, not with the model.
"""

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from .counts import Weight

FLOAT32 = 4
# Bytes of a weight and its gradient, and of what the optimizer keeps beside its own state. With
# --bf16 fairseq keeps float32 copies of weights and gradients for the optimizer (FP16Optimizer).
PRECISIONS = {"float32": (4, 4, 0), "bfloat16": (2, 2 + FLOAT32, FLOAT32)}
OPTIMIZERS = ("adamw", "adafactor")


class Memory(NamedTuple):
    """Bytes of weights, gradients and optimizer state."""

    weights: int
    gradients: int
    optimizer: int

    @property
    def total(self) -> int:
        """Bytes of all three."""
        return sum(self)


def training_memory(
    weights: Sequence[Weight], optimizer: str, precision: str = "float32", devices: int = 1
) -> Memory:
    """Bytes on the fullest of the devices: experts are spread over them, the rest is on each.

    A device has neighbouring experts; with more devices than experts an expert is on several.
    `optimizer`: of OPTIMIZERS; `precision`: of PRECISIONS.
    """
    unequal = any(len(weight.held) < weight.experts for weight in weights)
    fullest_may_be = range(devices if unequal else 1)  # equal experts fill the first device first
    return max(
        (on_device(weights, optimizer, precision, devices, device) for device in fullest_may_be),
        key=lambda memory: memory.total,
    )


def on_device(
    weights: Iterable[Weight], optimizer: str, precision: str, devices: int, device: int
) -> Memory:
    """Bytes on the device of a number, from 0."""
    weight_bytes, gradient_bytes, copy_bytes = PRECISIONS[precision]
    shares = [(weight, share(weight, devices, device)) for weight in weights]
    numbers = round(sum(weight.size * held for weight, held in shares))
    states = round(sum(state_size(weight, optimizer) * held for weight, held in shares))
    return Memory(
        numbers * weight_bytes, numbers * gradient_bytes, numbers * copy_bytes + states * FLOAT32
    )


def share(weight: Weight, devices: int, device: int) -> Fraction:
    """Share of a weight that is on a device: all of it, or its experts' share of the experts."""
    if weight.experts == 1:
        return Fraction(1)
    each = math.ceil(weight.experts / devices)
    experts = range(device * each, (device + 1) * each)
    held = range(max(experts.start, weight.held.start), min(experts.stop, weight.held.stop))
    return Fraction(len(held), len(weight.held))


def state_size(weight: Weight, optimizer: str) -> int:
    """Number of float32 values that the optimizer keeps for a weight.

    AdamW: two moments. Adafactor: a mean for each row and column of a matrix, or of each expert's
    matrix; the whole second moment of a vector (models/plugin/optimizers.py).
    """
    if optimizer == "adamw":
        return 2 * weight.size
    if len(weight.shape) < 2:
        return weight.size
    *stacked, rows, columns = weight.shape
    return math.prod(stacked) * (rows + columns)
