"""Description of a model as plain values: shape, parameters, FLOPs and memory.

All is counted on the meta device, so that no model is too large.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from typing import Any

from models.network.architectures import architecture
from models.network.config import TransformerConfig
from models.network.transformer import Transformer

from .counts import (
    BACKWARD,
    Lengths,
    Weight,
    active_parameters,
    forward_flops,
    on_meta,
    parameters,
    weights,
)
from .memory import training_memory
from .published import COUNTING, TABLE_9, VOCABULARY, table_9_flops


@dataclass(frozen=True)
class Training:
    """Assumptions about training: lengths, optimizer, precision, devices."""

    lengths: Lengths
    optimizer: str  # of models.costs.memory.OPTIMIZERS
    precision: str  # of models.costs.memory.PRECISIONS
    devices: tuple[int, ...]  # numbers of devices to count the memory for


def describe(name: str, config: TransformerConfig, training: Training) -> dict[str, Any]:
    """The content of `mswitch describe`, as plain values; docs/models.md explains the keys."""
    model = on_meta(config)
    held = weights(model)
    return {
        "name": name,
        "config": asdict(config),
        "layers": layer_groups(held),
        "outside_layers": part_sizes(weight for weight in held if weight.layer is None),
        "parameters": {"total": parameters(held), "active": active_parameters(held)},
        "flops": flops(model, training.lengths),
        "memory": memory(held, training),
        "published": published(name, config),
    }


def layer_groups(weights: Sequence[Weight]) -> list[dict[str, Any]]:
    """Groups of layers of one shape: their numbers (from 1), and the parameters of each."""
    inside = [weight for weight in weights if weight.layer is not None]
    by_shape: dict[Any, list[int]] = {}
    members_of: dict[Any, list[Weight]] = {}
    for layer, members in groupby(inside, key=lambda weight: weight.layer):
        assert layer is not None
        own = list(members)
        key = layer[0], tuple((w.part, w.shape, w.held, w.experts, w.chosen) for w in own)
        by_shape.setdefault(key, []).append(layer[1] + 1)
        members_of[key] = own
    return [
        {
            "stack": key[0],
            "numbers": numbers,
            "experts": max(weight.experts for weight in members_of[key]),
            "parts": part_sizes(members_of[key]),
            "parameters": parameters(members_of[key]),
            "active": active_parameters(members_of[key]),
        }
        for key, numbers in by_shape.items()
    ]


def part_sizes(weights: Iterable[Weight]) -> dict[str, int]:
    """Number of parameters of each part, in the order of the model."""
    sizes: dict[str, int] = {}
    for weight in weights:
        sizes[weight.part] = sizes.get(weight.part, 0) + weight.size
    return sizes


def flops(model: Transformer, lengths: Lengths) -> dict[str, Any]:
    """FLOPs of the forward pass, and of forward and backward pass together."""
    forward = forward_flops(model, lengths)
    tokens = sum(lengths)
    return {
        "source_tokens": lengths.source,
        "target_tokens": lengths.target,
        "forward_per_sequence": forward,
        "forward_per_token": forward / tokens,
        "training_per_sequence": (1 + BACKWARD) * forward,
        "training_per_token": (1 + BACKWARD) * forward / tokens,
    }


def memory(weights: Sequence[Weight], training: Training) -> dict[str, Any]:
    """Bytes on the fullest device, for each number of devices."""
    rows = []
    for devices in training.devices:
        needed = training_memory(weights, training.optimizer, training.precision, devices)
        rows.append({"devices": devices, **needed._asdict(), "total": needed.total})
    return {
        "optimizer": training.optimizer,
        "precision": training.precision,
        "bytes_per_device": rows,
    }


def published(name: str, config: TransformerConfig) -> dict[str, Any] | None:
    """The paper's figures beside ours; None for a model or a shape that it does not have."""
    row = TABLE_9.get(name)
    if row is None or config != replace(architecture(name), vocabulary_size=VOCABULARY):
        return None
    figures: dict[str, Any] = {
        "parameters": row.parameters,
        "parameters_source": row.source,
        "flops_per_sequence": row.flops,
        "counted": counted_as_published(config),
        "counting": COUNTING,
        "remark": row.remark,
    }
    if row.instead:
        figures["instead"] = {
            "settings": dict(row.instead),
            "counted": counted_as_published(replace(config, **row.instead)),
        }
    return figures


def counted_as_published(config: TransformerConfig) -> dict[str, int]:
    """Parameters and FLOPs/seq of a shape, the latter by the paper's convention."""
    model = on_meta(config)
    return {"parameters": parameters(weights(model)), "flops_per_sequence": table_9_flops(model)}
