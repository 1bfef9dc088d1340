"""The model's settings as options: what a command line and a checkpoint hold, and back.

An option has the name of its field of `TransformerConfig`; all are plain values.
"""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from langs.errors import InputError
from models.layers.experts.router import EXPLORATIONS

from .config import TransformerConfig, options

OPTION_NAMES = [field.name for field in options()]
CAPACITY_FACTORS = {"capacity_factor", "eval_capacity_factor"}
DROPLESS = "none"
WIDTH_STEP = 8  # grouped products want rows of 16 bytes, which is 8 numbers of bfloat16


def config_from_options(plain_values: Mapping[str, Any], vocabulary_size: int) -> TransformerConfig:
    """The config of the options; options of others than the model are passed over.

    Raises InputError for a text that is no capacity factor or no widths.
    """
    values = {name: plain_values[name] for name in OPTION_NAMES if name in plain_values}
    for name in CAPACITY_FACTORS & values.keys():
        values[name] = parse_capacity_factor(values[name])
    if "expert_widths" in values:
        values["expert_widths"] = parse_widths(values["expert_widths"])
    return TransformerConfig(vocabulary_size=vocabulary_size, **values)


def options_from_config(config: TransformerConfig) -> dict[str, Any]:
    """The options of a config as plain values: the inverse of `config_from_options`."""
    values = {name: getattr(config, name) for name in OPTION_NAMES}
    for name in CAPACITY_FACTORS:
        values[name] = DROPLESS if values[name] is None else str(values[name])
    values["expert_widths"] = ",".join(map(str, config.expert_widths))
    return values


def with_settings(config: TransformerConfig, settings: Iterable[str]) -> TransformerConfig:
    """The config with options set by texts such as `d_ff=4096`; unchecked.

    Raises InputError for an unknown option, and for a value that is none.
    """
    values = options_from_config(config)
    for text in settings:
        name, equals, value = text.partition("=")
        if not equals:
            raise InputError(f"{text!r} is no setting; write key=value")
        if name not in values:
            close = difflib.get_close_matches(name, values, n=1)
            hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(values)}"
            raise InputError(f"unknown setting {name}; {hint}")
        values[name] = parse_value(name, value, type(values[name]))
    return config_from_options(values, config.vocabulary_size)


def parse_value(name: str, text: str, kind: type) -> Any:
    """The value of an option of a kind (bool, int, float or str). Raises InputError."""
    try:
        return {"true": True, "false": False}[text.lower()] if kind is bool else kind(text)
    except (KeyError, ValueError):
        wanted = {bool: "true or false", int: "a whole number", float: "a number"}[kind]
        raise InputError(f"{name} {text!r}: give {wanted}") from None


def check(config: TransformerConfig) -> None:
    """Raises InputError for a shape that cannot be."""
    for field in options():
        name, value = field.name, getattr(config, field.name)
        if field.metadata["kind"] == "count" and value < 1:
            raise InputError(f"{name} {value}: give at least 1")
        if field.metadata["kind"] == "share" and not 0 <= value < 1:
            raise InputError(f"{name} {value}: give 0 or more, and less than 1")
    if config.position_buckets < 4 or config.position_max_distance <= config.position_buckets // 2:
        raise InputError(
            f"position_buckets {config.position_buckets}, position_max_distance "
            f"{config.position_max_distance}: give at least 4 buckets, and a greater distance "
            "than half of them"
        )
    if config.experts:
        check_experts(config)


def check_experts(config: TransformerConfig) -> None:
    """Raises InputError for experts or a routing that cannot be."""
    for name in ("d_model", "d_ff"):
        if getattr(config, name) % WIDTH_STEP:
            raise InputError(
                f"{name} {getattr(config, name)}: with experts give a multiple of {WIDTH_STEP}"
            )
    if config.sparse_first < 0:
        raise InputError(f"sparse_first {config.sparse_first}: give 0 or more")
    if not 1 <= config.top_k <= config.experts:
        raise InputError(f"top_k {config.top_k}: give 1 to {config.experts}, the experts")
    if config.exploration not in EXPLORATIONS:
        known = ", ".join(EXPLORATIONS)
        raise InputError(f"exploration {config.exploration!r}: give one of {known}")
    if config.reroute_rounds < 0 or (config.reroute_rounds and config.top_k > 1):
        raise InputError(
            f"reroute_rounds {config.reroute_rounds}: give 0 or more, and 0 with top_k above 1"
        )
    if config.expert_widths and len(config.expert_widths) != config.experts:
        raise InputError(
            f"expert_widths has {len(config.expert_widths)} numbers for {config.experts} experts: "
            "give one for each"
        )


def parse_widths(text: str) -> tuple[int, ...]:
    """`128,256` as (128, 256), an empty text as (). Raises InputError for anything else."""
    numbers = text.split(",") if text else []
    if not all(number.strip().isdecimal() and int(number) > 0 for number in numbers):
        raise InputError(f"expert_widths {text!r}: give numbers with commas between, like 128,256")
    return tuple(map(int, numbers))


def parse_capacity_factor(text: str) -> float | None:
    """A positive number, or None for "none". Raises InputError for anything else."""
    if text == DROPLESS:
        return None
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise InputError(f"capacity factor {text!r}: give a positive number or 'none' (dropless)")
    return value
