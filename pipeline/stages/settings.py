"""A setting, said once: a dataclass field that carries its help, range, choices and flag.

    @dataclass
    class Config:
        steps: int = setting(100, "updates", least=1, flag="--max-update")

From the fields follow the checks (`check`), the options of a command (`options.add`), the flags of
fairseq (`flags`), what a fingerprint leaves out, the data card and the page of settings in docs.
"""

import copy
import dataclasses
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from langs.errors import InputError

_KEY = "setting"


@dataclass(frozen=True)
class Setting:
    """A setting, apart from its name, type and default."""

    help: str
    group: str = ""  # heading under which it stands in tables
    source: str = ""  # paper, section or code that it comes from
    least: float | None = None  # smallest value
    above: float | None = None  # all values are larger
    most: float | None = None  # largest value
    below: float | None = None  # all values are smaller
    choices: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()  # of fairseq
    item: str = ""  # what a value is called in help: FILE, CODE; of choices: they are not listed
    unset: str = ""  # meaning of no value, in help
    changes_output: bool = True  # False: not in fingerprints, nor in data cards
    is_file: bool = False  # its value names files
    by_language: bool = False  # may differ by language
    is_option: bool = True  # False: it has no option of its own name on the command line


def setting(default: Any, help: str, *, flag: str | Sequence[str] = (), **more: Any) -> Any:
    """A dataclass field with a default.

    Args:
        default: the value; a list is copied for each object.
        help: what the setting says, a short phrase with its unit.
        flag: the flag, or flags, of fairseq that take the value.
        more: further fields of `Setting`.
    """
    flags = (flag,) if isinstance(flag, str) else tuple(flag)
    metadata = {_KEY: Setting(help, flags=flags, **more)}
    if isinstance(default, list):
        return dataclasses.field(default_factory=lambda: copy.copy(default), metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def settings_of(config: Any) -> Iterator[tuple[str, Setting]]:
    """Name and setting of each field that is one, of a dataclass or an object of one."""
    for field in dataclasses.fields(config):
        if _KEY in field.metadata:
            yield field.name, field.metadata[_KEY]


def check(config: Any) -> None:
    """Raise InputError for a value that is not among the choices, not finite or out of range."""
    for name, about in settings_of(config):
        value = getattr(config, name)
        if about.choices and value not in about.choices:
            raise InputError(f"{name} is {value!r}: use one of {', '.join(about.choices)}")
        for number in value if isinstance(value, list) else [value]:
            if isinstance(number, (int, float)):
                _check_number(name, value, number, about)


def _check_number(name: str, value: Any, number: float, about: Setting) -> None:
    if not math.isfinite(number):
        raise InputError(f"{name} is {value}: give a finite number")
    if (
        (about.least is not None and number < about.least)
        or (about.above is not None and number <= about.above)
        or (about.most is not None and number > about.most)
        or (about.below is not None and number >= about.below)
    ):
        raise InputError(f"{name} is {value}: it must be {span(about)}")


def span(about: Setting) -> str:
    """The range of a setting in words, "" if it has none: "at least 1", "from 0 to 1"."""
    if about.least is not None and about.most is not None:
        return f"from {about.least:g} to {about.most:g}"
    bounds = {
        "at least": about.least,
        "above": about.above,
        "at most": about.most,
        "below": about.below,
    }
    return " and ".join(f"{word} {end:g}" for word, end in bounds.items() if end is not None)


def flags(config: Any) -> list[str]:
    """The flags of fairseq with the values of a config; None and False give no flag."""
    given = []
    for name, about in settings_of(config):
        value = getattr(config, name)
        if value is not None and value is not False:
            for flag in about.flags:
                given += [flag] if value is True else [flag, str(value)]
    return given


def output_values(config: Any) -> dict[str, Any]:
    """The values of a config, and of the configs in it, that change the output, by name."""
    values = {}
    for field in dataclasses.fields(config):
        about, value = field.metadata.get(_KEY), getattr(config, field.name)
        if about is None or about.changes_output:
            inner = dataclasses.is_dataclass(value)
            values[field.name] = output_values(value) if inner else copy.deepcopy(value)
    return values


def named(kind: Any, mark: str) -> tuple[str, ...]:
    """Names of the settings with a mark: `is_file`, `by_language`, `changes_output`."""
    return tuple(name for name, about in settings_of(kind) if getattr(about, mark))


def table(config: Any) -> list[tuple[str, ...]]:
    """Name, default, range or choices, help and source of each setting, as cells of a table."""
    rows: list[tuple[str, ...]] = []
    for name, about in settings_of(config):
        value = getattr(config, name)
        shown = about.unset or "none" if value in (None, "", []) else f"`{value}`"
        allowed = ", ".join(f"`{choice}`" for choice in about.choices) or span(about)
        rows.append((f"`{name}`", shown, allowed, about.help, about.source))
    return rows
