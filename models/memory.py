"""Bytes that training keeps on a device from step to step: weights, gradients, optimizer state.

Activations are not counted: they go with the batch and its lengths, not with the model.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

from .costs import Weight

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
    of: Iterable[Weight], optimizer: str, precision: str = "float32", devices: int = 1
) -> Memory:
    """Bytes on the fullest of the devices: experts are spread over them, the rest is on each.

    With more devices than experts an expert is on several. `optimizer`: of OPTIMIZERS;
    `precision`: of PRECISIONS.
    """
    of_weight, of_gradient, of_copy = PRECISIONS[precision]
    held = [(weight, share(weight, devices)) for weight in of]
    numbers = sum(weight.size * n // weight.experts for weight, n in held)
    states = sum(state_size(weight, optimizer) * n // weight.experts for weight, n in held)
    return Memory(numbers * of_weight, numbers * of_gradient, numbers * of_copy + states * FLOAT32)


def share(weight: Weight, devices: int) -> int:
    """How many of the weight's experts are on the fullest device."""
    return math.ceil(weight.experts / devices)


def state_size(weight: Weight, optimizer: str) -> int:
    """Numbers that the optimizer keeps for a weight, all float32.

    AdamW: two moments. Adafactor: a mean for each row and column of a matrix, or of each expert's
    matrix; the whole second moment of a vector (models/optim/adafactor.py).
    """
    if optimizer == "adamw":
        return 2 * weight.size
    if len(weight.shape) < 2:
        return weight.size
    *stacked, rows, columns = weight.shape
    return math.prod(stacked) * (rows + columns)
