"""Translations as text, TSV or JSON lines, and the file that they are written to."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from langs.errors import InputError
from pipeline.stages.progress import say
from pipeline.translation.translate.translator import Line

TSV_CUT = "\tcut"  # a fourth column, of translations that came to the length limit
_CUT_SHOWN = 10  # numbers of lines
Format = Callable[[int, Line], str]
"""Turns a line and its number (from 1 on) into text that ends in a line feed."""


def _text(number: int, line: Line) -> str:
    return line.translations[0].text + "\n"


def _tsv(number: int, line: Line) -> str:
    return "".join(
        f"{number}\t{each.score:.6g}\t{each.text}{TSV_CUT if each.is_cut else ''}\n"
        for each in line.translations
    )


def _jsonl(number: int, line: Line) -> str:
    content = {"line": number, **as_json(line)}
    return json.dumps(content, ensure_ascii=False) + "\n"


def as_json(line: Line) -> dict[str, Any]:
    """A line and its translations as JSON values."""
    translations = [
        {"text": each.text, "score": each.score, "cut": each.is_cut} for each in line.translations
    ]
    return {"source": line.text, "translations": translations}


FORMATS: Mapping[str, Format] = {"text": _text, "tsv": _tsv, "jsonl": _jsonl}


def cut_text(numbers: Sequence[int]) -> str:
    """A sentence on the lines, by their numbers, whose translations came to the length limit."""
    shown = ", ".join(map(str, numbers[:_CUT_SHOWN])) + (", ..." * (len(numbers) > _CUT_SHOWN))
    return (
        f"{len(numbers):,} translations came to the longest length and are cut there "
        f"(--max-length): of line {shown}"
    )


def check(path: Path, inputs: Sequence[str]) -> None:
    """Raises InputError for an output that is a folder, or one of the inputs by whatever name."""
    if path.is_dir():
        raise InputError(f"--output {path} is a folder; name a file in it")
    if any(_is_same(path, Path(other)) for other in inputs):
        raise InputError(f"{path} is the input, too; choose another --output")


def _is_same(path: Path, other: Path) -> bool:
    return path.exists() and other.exists() and path.samefile(other)


@contextmanager
def opened(path: Path | None) -> Iterator[TextIO]:
    """The file to write to, or standard output.

    Until the block ends, and after an error, the file is `FILE.partial`, so that no translation is
    lost. A missing folder is made; a device or pipe is written to directly.
    """
    if path is None:
        yield sys.stdout
        return
    if path.exists() and not path.is_file():
        with path.open("w", encoding="utf-8", newline="\n") as stream:
            yield stream
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    try:
        with partial.open("w", encoding="utf-8", newline="\n") as stream:
            yield stream
    except BaseException:
        if partial.exists():
            say(f"What was translated so far is in {partial}")
        raise
    partial.replace(path)
