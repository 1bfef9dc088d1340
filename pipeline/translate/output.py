"""Where translations go, and in which form."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from pipeline.corpus.progress import say
from pipeline.translate.translator import Line

Format = Callable[[int, Line], str]
"""A line, with its number from 1 on, as text that ends in a line feed."""


def _text(number: int, line: Line) -> str:
    return line.translations[0].text + "\n"


def _tsv(number: int, line: Line) -> str:
    return "".join(f"{number}\t{found.score:.6g}\t{found.text}\n" for found in line.translations)


def _jsonl(number: int, line: Line) -> str:
    translations = [{"text": found.text, "score": found.score} for found in line.translations]
    content = {"line": number, "source": line.text, "translations": translations}
    return json.dumps(content, ensure_ascii=False) + "\n"


FORMATS: Mapping[str, Format] = {"text": _text, "tsv": _tsv, "jsonl": _jsonl}


@contextmanager
def opened(path: Path | None) -> Iterator[TextIO]:
    """The file to write to, or standard output.

    It gets its name when the block ends without an error, and is `FILE.partial` until then and if
    there is one: what has been translated is not lost.
    """
    if path is None:
        yield sys.stdout
        return
    partial = path.with_name(path.name + ".partial")
    try:
        with partial.open("w", encoding="utf-8", newline="\n") as stream:
            yield stream
    except BaseException:
        if partial.exists():
            say(f"What was translated so far is in {partial}")
        raise
    partial.replace(path)
