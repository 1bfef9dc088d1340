"""`mswitch languages`: the registry of mC4's tasks as a table."""

import argparse
import dataclasses
import unicodedata
from collections.abc import Iterable

from langs.errors import InputError
from langs.registry import LANGUAGES, Language
from pipeline.commands.command import Command, add_json, write_json

_HEADINGS = {
    "code": "code",
    "name": "name",
    "own_name": "own name",
    "script": "script",
    "direction": "dir",
    "family": "family",
    "spaced": "spaced",
    "flores": "FLORES",
    "sacrebleu_tokenizer": "BLEU",
    "mc4_pages": "mC4 pages",
    "mc4_tokens_billions": "tokens/1e9",
}


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--script", help="only this script (ISO 15924), e.g. Cyrl")
    parser.add_argument("--family", help="only this family, e.g. Turkic")
    add_json(parser, "the same as data")


def _run(arguments: argparse.Namespace, extra: list[str]) -> None:
    """Print the table, and write it as JSON where asked. Raises InputError if nothing matches."""
    chosen = _select(arguments.script, arguments.family)
    print(_table(chosen))
    rows = [dataclasses.asdict(language) for language in chosen]
    write_json(arguments, {"languages": rows})


def _select(script: str | None, family: str | None) -> list[Language]:
    chosen = list(LANGUAGES.values())
    for field, wanted in (("script", script), ("family", family)):
        if wanted is None:
            continue
        known = sorted({getattr(language, field) for language in LANGUAGES.values()})
        if wanted.lower() not in {value.lower() for value in known}:
            raise InputError(f"no language has {field} {wanted!r}: use one of {', '.join(known)}")
        chosen = [x for x in chosen if getattr(x, field).lower() == wanted.lower()]
    if not chosen:
        raise InputError(f"no language has script {script!r} and family {family!r}: drop one")
    return chosen


def _table(languages: Iterable[Language]) -> str:
    rows = [[_cell(getattr(language, field)) for field in _HEADINGS] for language in languages]
    rows.insert(0, list(_HEADINGS.values()))
    widths = [max(_width(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    numbers = len(_HEADINGS) - 2  # the last two columns are numbers, aligned to the right
    return "\n".join(
        "  ".join(
            _padded(cell, width, right=column >= numbers)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else str(value) or "-"


def _padded(cell: str, width: int, right: bool) -> str:
    space = " " * (width - _width(cell))
    return space + cell if right else cell + space


def _width(text: str) -> int:
    """Columns that a terminal needs: two for wide letters, none for combining marks."""
    return sum(
        0
        if unicodedata.category(letter) in ("Mn", "Me", "Cf")
        else 1 + (unicodedata.east_asian_width(letter) in "WF")
        for letter in text
    )


COMMANDS = {
    "languages": Command(
        "list the 107 tasks of mC4: names, script, direction, family, codes, size",
        """\
mswitch languages
mswitch languages --script Arab
mswitch languages --family Turkic --json turkic.json""",
        _add_arguments,
        _run,
    )
}
