"""Options of a command that are the fields of a dataclass of settings."""

import argparse
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar, get_type_hints

from langs.errors import InputError

Settings = TypeVar("Settings")


def add(parser: argparse.ArgumentParser, defaults: Any, texts: Mapping[str, str]) -> None:
    """One option for each setting that has a text; what follows `--` goes to fairseq."""
    hints = get_type_hints(type(defaults))
    for name, text in texts.items():
        flag, hint = "--" + name.replace("_", "-"), hints[name]
        if hint is bool:
            parser.add_argument(flag, action="store_true", help=text)
            continue
        kind = next(t for t in (int, float, str) if hint in (t, t | None))
        default = getattr(defaults, name)
        note = "" if default is None else f" (default: {default})"
        more = {"default": default, "metavar": kind.__name__.upper(), "help": text + note}
        parser.add_argument(flag, type=kind, **more)
    parser.add_argument("fairseq", nargs="*", metavar="-- FLAGS", help="further flags for fairseq")


def read(arguments: argparse.Namespace, kind: type[Settings], command: str) -> Settings:
    """The settings that were given. Raises InputError for words that belong to no option."""
    if arguments.fairseq and not arguments.fairseq[0].startswith("-"):
        raise InputError(f"{arguments.fairseq[0]!r} is no option; see mswitch {command} --help")
    return kind(**{field.name: getattr(arguments, field.name) for field in fields(kind)})  # type: ignore[arg-type]
