"""When a training is complete: its checkpoint is of the last step; and when it may go beyond that.

An exit code says only that training did not fail: flags of fairseq stop it before its last step.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from langs.errors import InputError
from models.formats.run_folder import LAST_CHECKPOINT
from pipeline.stages.folders import GoesOn
from pipeline.training import process

STOPS = ("--stop-time-hours", "--stop-min-lr", "--max-epoch", "--patience")
"""Flags of fairseq, each with a value, that only decide when training stops."""
Config = TypeVar("Config")


def to_end(
    folder: Path,
    steps: int,
    arguments: Sequence[str],
    has_stopped: Callable[[Path], bool] = lambda folder: False,
) -> None:
    """Train in a run folder by `models.train` and its arguments, unless it has had all its steps.

    has_stopped: whether early stopping, a setting of the run, has ended it before.

    Raises InputError where training stopped before its last step; SystemExit with its exit code
    when training fails, which has then said why; KeyboardInterrupt.
    """
    if _has_ended(folder, steps):
        return
    process.run_process("models.train", arguments)
    if not (_has_ended(folder, steps) or has_stopped(folder)):
        given = {argument.partition("=")[0] for argument in arguments}
        flags = ", ".join(flag for flag in STOPS if flag in given) or "what stopped it"
        raise InputError(
            f"{folder}: training stopped at step {_saved_step(folder):,} of {steps:,}, so the run "
            f"is not complete; the same command goes on, without {flags} or with another value"
        )


def lasting(config: Config) -> Config:
    """The settings of a training without flags that only stop it: what its folder is made from."""
    flags: list[str] = []
    given = iter(config.fairseq)  # type: ignore[attr-defined]
    for flag in given:
        if flag.partition("=")[0] not in STOPS:
            flags.append(flag)
        elif "=" not in flag:
            next(given, None)
    return replace(config, fairseq=flags)  # type: ignore[type-var]


def goes_on(config: Any, output: Path, section: str = "") -> GoesOn:
    """For `folders.made`: whether a run, complete or not, goes on to more steps with a config.

    section: name of the config in the fingerprint's settings; "": it is all of them. What is
    returned raises InputError for a schedule that had its end at the earlier last step.
    """
    return partial(_goes_on, config, output, section)


def _goes_on(
    config: Any, output: Path, section: str, earlier: dict[str, Any], now: dict[str, Any]
) -> bool:
    settings = earlier["configuration"]
    steps = (settings.get(section, {}) if section else settings).get("steps")
    if not isinstance(steps, int) or steps >= config.steps:
        return False
    grown = {"steps": config.steps}
    if section:
        grown = {section: settings[section] | grown}
    if {**earlier, "configuration": settings | grown} != now:
        return False
    if config.schedule == "linear":
        raise InputError(
            f"{output} was started for {steps:,} steps: its learning rate is planned to be 0 after "
            f"the last one (schedule linear), so it cannot go on to {config.steps:,}; choose "
            "another --output, or train with inverse_sqrt or constant what may be continued"
        )
    return True


def _has_ended(folder: Path, steps: int) -> bool:
    """Whether the last step is in the checkpoint, which is written behind its validation."""
    return _saved_step(folder) >= steps


def _saved_step(folder: Path) -> int:
    """The updates behind the last checkpoint; 0 without one that can be read."""
    path = folder / LAST_CHECKPOINT
    if not path.exists():
        return 0
    from models.weights.checkpoint import updates  # torch takes a second to import

    try:
        return updates(path)
    except InputError:
        return 0  # training itself says what is wrong with it
