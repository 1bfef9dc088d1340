"""What a model is and costs, as data: counted on the meta device, so without memory for it."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from typing import Any

from models.network.architectures import architecture
from models.network.transformer import Transformer, TransformerConfig

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
    """How the model is to be trained."""

    lengths: Lengths
    optimizer: str  # of models.costs.memory.OPTIMIZERS
    precision: str  # of models.costs.memory.PRECISIONS
    devices: tuple[int, ...]  # numbers of devices to count the memory for


def describe(name: str, config: TransformerConfig, training: Training) -> dict[str, Any]:
    """Everything `mswitch describe` prints, as plain values; the keys are docs/models.md's."""
    model = on_meta(config)
    of = weights(model)
    return {
        "name": name,
        "config": asdict(config),
        "layers": layer_groups(of),
        "outside_layers": part_sizes(weight for weight in of if weight.layer is None),
        "parameters": {"total": parameters(of), "active": active_parameters(of)},
        "flops": flops(model, training.lengths),
        "memory": memory(of, training),
        "published": published(name, config),
    }


def layer_groups(of: Sequence[Weight]) -> list[dict[str, Any]]:
    """Layers of the same shape together: which they are (from 1), and what one of them holds."""
    inside = [weight for weight in of if weight.layer is not None]
    by_shape: dict[Any, list[int]] = {}
    held: dict[Any, list[Weight]] = {}
    for layer, members in groupby(inside, key=lambda weight: weight.layer):
        assert layer is not None
        own = list(members)
        key = layer[0], tuple((w.part, w.shape, w.held, w.experts, w.chosen) for w in own)
        by_shape.setdefault(key, []).append(layer[1] + 1)
        held[key] = own
    return [
        {
            "stack": key[0],
            "numbers": numbers,
            "experts": max(weight.experts for weight in held[key]),
            "parts": part_sizes(held[key]),
            "parameters": parameters(held[key]),
            "active": active_parameters(held[key]),
        }
        for key, numbers in by_shape.items()
    ]


def part_sizes(of: Iterable[Weight]) -> dict[str, int]:
    """Parameters of each part, in the order in which the model has them."""
    sizes: dict[str, int] = {}
    for weight in of:
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


def memory(of: Sequence[Weight], training: Training) -> dict[str, Any]:
    """Bytes on the fullest device, for each number of devices."""
    rows = []
    for devices in training.devices:
        needed = training_memory(of, training.optimizer, training.precision, devices)
        rows.append({"devices": devices, **needed._asdict(), "total": needed.total})
    return {
        "optimizer": training.optimizer,
        "precision": training.precision,
        "bytes_per_device": rows,
    }


def published(name: str, config: TransformerConfig) -> dict[str, Any] | None:
    """The paper's figures beside ours; None for what it does not have, or has otherwise."""
    row = TABLE_9.get(name)
    if row is None or config != replace(architecture(name), vocabulary_size=VOCABULARY):
        return None
    found: dict[str, Any] = {
        "parameters": row.parameters,
        "parameters_source": row.source,
        "flops_per_sequence": row.flops,
        "counted": counted_as_published(config),
        "counting": COUNTING,
        "remark": row.remark,
    }
    if row.instead:
        found["instead"] = {
            "settings": dict(row.instead),
            "counted": counted_as_published(replace(config, **row.instead)),
        }
    return found


def counted_as_published(config: TransformerConfig) -> dict[str, int]:
    """Parameters and FLOPs/seq of a shape, the latter by the paper's convention."""
    model = on_meta(config)
    return {"parameters": parameters(weights(model)), "flops_per_sequence": table_9_flops(model)}
