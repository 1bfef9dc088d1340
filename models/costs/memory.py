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
    """Bytes."""

    weights: int
    gradients: int
    optimizer: int

    @property
    def total(self) -> int:
        """All three."""
        return sum(self)


def training_memory(
    of: Sequence[Weight], optimizer: str, precision: str = "float32", devices: int = 1
) -> Memory:
    """Bytes on the fullest of the devices: experts are spread over them, the rest is on each.

    A device has neighbouring experts; with more devices than experts an expert is on several.
    `optimizer`: of OPTIMIZERS; `precision`: of PRECISIONS.
    """
    unequal = any(len(weight.held) < weight.experts for weight in of)
    fullest_may_be = range(devices if unequal else 1)  # equal experts fill the first device first
    return max(
        (on_device(of, optimizer, precision, devices, device) for device in fullest_may_be),
        key=lambda memory: memory.total,
    )


def on_device(
    of: Iterable[Weight], optimizer: str, precision: str, devices: int, device: int
) -> Memory:
    """Bytes on one device."""
    of_weight, of_gradient, of_copy = PRECISIONS[precision]
    shares = [(weight, share(weight, devices, device)) for weight in of]
    numbers = round(sum(weight.size * held for weight, held in shares))
    states = round(sum(state_size(weight, optimizer) * held for weight, held in shares))
    return Memory(numbers * of_weight, numbers * of_gradient, numbers * of_copy + states * FLOAT32)


def share(weight: Weight, devices: int, device: int) -> Fraction:
    """How much of a weight is on a device (from 0): all of it, or of its experts those there."""
    if weight.experts == 1:
        return Fraction(1)
    each = math.ceil(weight.experts / devices)
    there = range(device * each, (device + 1) * each)
    held = range(max(there.start, weight.held.start), min(there.stop, weight.held.stop))
    return Fraction(len(held), len(weight.held))


def state_size(weight: Weight, optimizer: str) -> int:
    """Numbers that the optimizer keeps for a weight, all float32.

    AdamW: two moments. Adafactor: a mean for each row and column of a matrix, or of each expert's
    matrix; the whole second moment of a vector (models/plugin/optimizers.py).
    """
    if optimizer == "adamw":
        return 2 * weight.size
    if len(weight.shape) < 2:
        return weight.size
    *stacked, rows, columns = weight.shape
    return math.prod(stacked) * (rows + columns)
