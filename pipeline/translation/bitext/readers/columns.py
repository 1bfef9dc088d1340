"""Columns with tabs between: named by a heading, told by their numbers, or found by content."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from langs import registry
from langs.errors import InputError
from pipeline.stages.progress import say
from pipeline.translation.bitext.readers.rows import Read, Row, Source, lines_of, split_named
from pipeline.translation.bitext.readers.text_columns import text_columns

_SIDES = (
    *(("source", "target"), ("src", "tgt"), ("src", "trg"), ("source_text", "target_text")),
    *(("src_text", "tgt_text"), ("src_text", "trg_text"), ("sentence1", "sentence2")),
)
_TRANSLATION = "translation"
_SPLIT = "split"


@dataclass(frozen=True)
class Columns:
    """The places of the texts in each line."""

    places: dict[str, int]  # code -> column
    split: int | None  # column of the split
    has_header: bool


def columns_of(path: str, codes: Sequence[str], told: Sequence[int] = ()) -> Columns | None:
    """The columns of a file; None if nothing tells their languages.

    Args:
        codes: the two languages if the file's name or the user tells them, else none.
        told: their columns, counted from 1, where no heading names them; none: found by content.

    Raises InputError for an empty file, and for codes without two columns of text.
    """
    first = next(lines_of(path), "") or ""
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
    if max(told, default=0) > len(fields):
        raise InputError(f"{path}, line 1: no column {max(told)}; it has {len(fields)}")
    numbers = [column - 1 for column in told] or _found(path, codes, len(fields))
    return Columns(dict(zip(codes, numbers, strict=True)), None, False)


def _found(path: str, codes: Sequence[str], width: int) -> list[int]:
    """The columns of the texts, by content. Raises InputError if it is not clear."""
    first, second = codes
    places = text_columns((line or "" for line in lines_of(path)), codes)
    if not places:
        raise InputError(
            f"{path}: which of its {width} columns hold {first} and {second} is not clear; tell it "
            "by a heading, or by --columns and two numbers, counted from 1"
        )
    if width > 2:
        one, other = (place + 1 for place in places)
        say(
            f"bitext: {path}: the texts are taken from columns {one} ({first}) and {other} "
            f"({second}) of {width}; --columns names others"
        )
    return places


def rows(source: Source, read: Read) -> Iterator[Row]:
    """The rows of a file; a line with too few columns is malformed."""
    path = source.name
    columns = columns_of(path, source.languages, source.columns)
    assert columns
    last = max(*columns.places.values(), columns.split or 0)
    lines = lines_of(path, read)
    if columns.has_header:
        next(lines)
    for line in lines:
        fields = (line or "").split("\t")
        if line is None or len(fields) <= last:
            yield Row(dict.fromkeys(columns.places), is_malformed=line is not None)
            continue
        split = source.split if columns.split is None else split_named(fields[columns.split], path)
        yield Row({code: fields[place] for code, place in columns.places.items()}, split)


def _header(fields: Sequence[str], codes: Sequence[str]) -> dict[str, int]:
    """The columns that a header names; empty if the line is no header."""
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
