"""Options of a command that are the settings of a dataclass."""

import argparse
import dataclasses
import types
import typing
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from langs.errors import InputError
from pipeline.stages.settings import Setting, settings_of

Config = TypeVar("Config")


def add(parser: argparse._ActionsContainer, defaults: Any, without: Collection[str] = ()) -> None:
    """Add an option for each setting of a config, with its value as the default.

    without: names of settings that get no option.
    """
    for name, about in settings_of(defaults):
        if about.is_option and name not in without:
            value = getattr(defaults, name)
            shown = about.unset or ("" if value is None else _text(value))
            note = f" (default: {shown})" if shown and not isinstance(value, bool) else ""
            kind = _type(type(defaults), name)
            more: dict[str, Any] = {"default": value, "help": about.help + note}
            if kind is bool:
                more = {"action": "store_true", "help": about.help}
            _add(parser, name, about, kind, isinstance(value, list), more)


def add_changes(
    parser: argparse._ActionsContainer, presets: Mapping[str, Any], without: Collection[str] = ()
) -> None:
    """Add an option for each setting of configs by name; the default None stands for no change.

    The help shows the values in the presets, once where they are alike.
    """
    first = next(iter(presets.values()))
    for name, about in settings_of(first):
        values = list(dict.fromkeys(_text(getattr(preset, name)) for preset in presets.values()))
        known = f" ({about.unset or ' / '.join(values)})"
        more: dict[str, Any] = {"help": (about.help + known).strip(), "default": None}
        kind, value = _type(type(first), name), getattr(first, name)
        if kind is bool:
            more["action"] = argparse.BooleanOptionalAction
        _add(parser, name, about, kind, isinstance(value, list), more)


def add_method(parser: argparse._ActionsContainer, default: str, what: str) -> None:
    """Add `--unimax`, which sets the method that mixes `what`: languages or directions."""
    parser.add_argument(
        "--unimax",
        dest="method",
        action="store_const",
        const="unimax",
        default=default,
        help=f"mix {what} by UniMax instead of by temperature",
    )


def add_workers(parser: argparse.ArgumentParser) -> None:
    """Add `--workers`, a number of processes."""
    text = "processes on this machine; 0: by the input's size (default)"
    parser.add_argument("--workers", type=whole_number, default=0, help=text)


def whole_number(text: str) -> int:
    """The number, 0 or more. Raises ArgumentTypeError for any other text."""
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number, 0 or more")
    return int(text)


def add_fairseq(parser: argparse.ArgumentParser) -> None:
    """Add what stands behind `--`: flags that go to fairseq as they are."""
    parser.add_argument("fairseq", nargs="*", metavar="-- FLAGS", help="further flags for fairseq")


def read(arguments: argparse.Namespace, kind: type[Config], command: str = "") -> Config:
    """The config of parsed options; a setting without an option keeps its default.

    Raises InputError for words that belong to no option, which stand among the flags of fairseq.
    """
    words: Sequence[str] = getattr(arguments, "fairseq", ())
    if words and not words[0].startswith("-"):
        raise InputError(f"{words[0]!r} is no option; see mswitch {command} --help")
    names = {field.name for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: value for name, value in vars(arguments).items() if name in names})


def changed(arguments: argparse.Namespace, config: Config) -> Config:
    """The config with what options of `add_changes` set."""
    names = [field.name for field in dataclasses.fields(config)]  # type: ignore[arg-type]
    values = {name: getattr(arguments, name) for name in names}
    given = {name: value for name, value in values.items() if value is not None}
    return dataclasses.replace(config, **given)  # type: ignore[type-var]


def _add(
    parser: argparse._ActionsContainer,
    name: str,
    about: Setting,
    kind: type,
    is_list: bool,
    more: dict[str, Any],
) -> None:
    if about.choices and not about.item:
        more["choices"] = about.choices
    elif kind is not bool:
        more |= {"type": kind, "metavar": _metavar(about, kind)}
    if is_list:
        more |= {"nargs": "+"}
    parser.add_argument("--" + name.replace("_", "-"), **more)


def _type(owner: type, name: str) -> type:
    """The type of a setting's value, or of an element of its list; None is left out."""
    hint = _hints(owner)[name]
    if isinstance(hint, types.UnionType):
        hint = next(kind for kind in typing.get_args(hint) if kind is not types.NoneType)
    kind: type = (typing.get_args(hint) or (hint,))[0]
    return kind


@cache
def _hints(owner: type) -> dict[str, Any]:
    return typing.get_type_hints(owner)


def _metavar(about: Setting, kind: type) -> str:
    return about.item or ("NAME" if kind is str else "N")


def _text(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
