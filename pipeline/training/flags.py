"""What trainings have in common: settings, their ranges, and the fairseq flags they become."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from langs.errors import InputError

OPTIMIZERS = {"adafactor": "t5_adafactor", "adamw": "fused_adamw"}  # our name -> the plugin's
SCHEDULES = {"constant": "fixed", "inverse_sqrt": "inverse_sqrt", "linear": "polynomial_decay"}
COMMON = {
    "capacity_factor": "--capacity-factor",
    "eval_capacity_factor": "--eval-capacity-factor",
    "balance_weight": "--balance-weight",
    "z_weight": "--z-weight",
    "steps": "--max-update",
    "seed": "--seed",
    "optimizer": "--optimizer",
    "learning_rate": "--lr",
    "warmup_steps": "--warmup-updates",
    "gradient_clip": "--clip-norm",
    "log_every": "--log-interval",
    "validate_every": "--validate-interval-updates",
    "keep_checkpoints": "--keep-interval-updates",
}
_ALWAYS = (
    *("--criterion", "switch_cross_entropy"),
    *("--log-format", "none"),
    "--no-epoch-checkpoints",
)


def flags(values: Mapping[str, Any], own: Mapping[str, str], folder: Path) -> list[str]:
    """The arguments of `python -m models.train` that say where and how to train.

    values: settings by name; None leaves the default, True is a flag alone. own: names of settings
    beside COMMON, and their flags.
    """
    values = {**values, "optimizer": OPTIMIZERS[values["optimizer"]]}
    places = ["--save-dir", str(folder), "--tensorboard-logdir", str(folder / "tensorboard")]
    named = [
        [flag] if values[name] is True else [flag, str(values[name])]
        for name, flag in {**COMMON, **own}.items()
        if values[name] is not None and values[name] is not False
    ]
    return [*_ALWAYS, *places, *(part for flag in named for part in flag), *values["fairseq"]]


def schedule_flags(schedule: str, steps: int, start_learning_rate: float = 0.0) -> list[str]:
    """The learning rate over the updates, one of SCHEDULES: `linear` ends with 0 at `steps`.

    start_learning_rate: at step 0, where the warm-up begins; other than 0 with inverse_sqrt alone.
    """
    further = {
        "inverse_sqrt": ["--warmup-init-lr", str(start_learning_rate)],
        "linear": ["--total-num-update", str(steps)],
    }
    return ["--lr-scheduler", SCHEDULES[schedule], *further.get(schedule, [])]


def shape_flags(path: Path) -> list[str]:
    """The options of a checkpoint's model as flags. Raises InputError if it is none."""
    from models.network.options import options_from_config
    from models.weights.checkpoint import read  # torch takes a second to import

    given = []
    for name, value in options_from_config(read(path).config).items():
        flag = "--" + name.replace("_", "-")
        if value is not False:
            given.append(flag if value is True else f"{flag}={value}")
    return ["--arch", "switch_transformer", *given]


def check(values: Mapping[str, Any], at_least_one: Sequence[str]) -> None:
    """Raises InputError for a value out of range."""
    for name, known in (("optimizer", OPTIMIZERS), ("schedule", SCHEDULES)):
        if values[name] not in known:
            raise InputError(f"{name} is {values[name]!r}: use one of {', '.join(known)}")
    for name, value in values.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise InputError(f"{name} is {value}: give a finite number")
    for name in ("steps", "warmup_steps", "log_every", "validate_every", *at_least_one):
        if values[name] < 1:
            raise InputError(f"{name} is {values[name]}: it must be at least 1")
    if values["learning_rate"] <= 0:
        raise InputError(f"learning_rate is {values['learning_rate']}: it must be above 0")
