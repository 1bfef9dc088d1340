"""Columns with tabs between: what a header says, or the first two in the order of the codes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from langs import registry
from langs.errors import InputError
from pipeline.files.lines import text_lines
from pipeline.translation.bitext.readers.rows import (
    LONGEST_TEXT_BYTES,
    Read,
    Row,
    Source,
    split_named,
)

_SIDES = (("source", "target"), ("src", "tgt"), ("src", "trg"))
_TRANSLATION = "translation"
_SPLIT = "split"


@dataclass(frozen=True)
class Columns:
    """Where the texts are in each line."""

    places: dict[str, int]  # code -> column
    split: int | None  # column of the split
    has_header: bool


def columns(path: str, codes: Sequence[str]) -> Columns | None:
    """The columns of a file, by its first line; None if nothing tells their languages.

    codes: the two languages if the file's name or the user tells them, else none. Raises
    InputError for an empty file, and for codes without two columns.
    """
    first = next(text_lines(path, lambda _: None, LONGEST_TEXT_BYTES), "") or ""
    if not first:
        raise InputError(f"{path} has no first line, or one that is far too long; check the file")
    fields = [field.strip() for field in first.split("\t")]
    if places := _header(fields, codes):
        names = [field.lower() for field in fields]
        return Columns(places, names.index(_SPLIT) if _SPLIT in names else None, True)
    if not codes:
        return None
    if len(fields) < len(codes):
        raise InputError(f"{path}, line 1: no tab, and two columns are needed")
    return Columns({code: place for place, code in enumerate(codes)}, None, False)


def rows(source: Source, read: Read) -> Iterator[Row]:
    """The rows of a file; a line with too few columns is malformed."""
    path = source.name
    found = columns(path, source.languages)
    assert found
    last = max(*found.places.values(), found.split or 0)
    lines = text_lines(path, read, LONGEST_TEXT_BYTES)
    if found.has_header:
        next(lines)
    for line in lines:
        fields = (line or "").split("\t")
        if line is None or len(fields) <= last:
            yield Row(dict.fromkeys(found.places), is_malformed=line is not None)
            continue
        split = source.split if found.split is None else split_named(fields[found.split], path)
        yield Row({code: fields[place] for code, place in found.places.items()}, split)


def _header(fields: Sequence[str], codes: Sequence[str]) -> dict[str, int]:
    """The columns that a header names; empty if the line is none."""
    lower = [field.lower() for field in fields]
    named = {code: i for i, field in enumerate(fields) if (code := registry.of_name(field))}
    if codes:
        named = {code: named[code] for code in codes if code in named}
        left = [code for code in codes if code not in named]
        if len(left) == 1 and named and _TRANSLATION in lower:
            named[left[0]] = lower.index(_TRANSLATION)
        for sides in _SIDES:
            if len(left) == len(codes) == 2 and set(sides) <= set(lower):
                named = {code: lower.index(side) for code, side in zip(codes, sides, strict=True)}
    return named if len(named) >= max(2, len(codes)) else {}
