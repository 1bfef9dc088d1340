"""Which columns of a file without a heading hold texts: not addresses, numbers, ids or labels."""

import itertools
import re
from collections.abc import Iterable, Sequence

from langs import registry
from langs.cld3 import identify
from pipeline.translation.bitext.readers.rows import SPLIT_NAMES

_LINES = 200  # that are looked at
_IDENTIFIED_BYTES = 2_000  # of a column
_FEWEST_DIFFERENT = 0.1  # share of the cells of a text column; labels have less
_MOST_COLUMNS = 100
_LETTER = re.compile(r"[^\W\d_]")
_ADDRESS = re.compile(r"(?:[a-z][a-z\d+.-]*://|www\.)\S*", re.I)
_NO_WORD = re.compile(r"[\d_/@#=&%:]|\w\.\w")  # in it: an id, path or host


def text_columns(lines: Iterable[str], codes: Sequence[str]) -> list[int] | None:
    """The columns, counted from 0, of the texts in the two languages; None if it is not clear.

    Of two columns in all, the first is in the first language. Of more, those that cld3 finds in the
    two languages, else the only two that hold text, in their order.
    """
    some = itertools.islice(filter(None, lines), _LINES)
    rows = [line.split("\t", _MOST_COLUMNS)[:_MOST_COLUMNS] for line in some]
    columns = list(itertools.zip_longest(*rows, fillvalue=""))
    if len(columns) == 2:
        return [0, 1] if all(map(_has_text, columns)) else None
    texts = [place for place, cells in enumerate(columns) if _is_text(cells)]
    found = {place: identify("\n".join(columns[place]), _IDENTIFIED_BYTES)[0] for place in texts}
    matching = [[place for place in texts if found[place] == code] for code in codes]
    if all(len(places) == 1 for places in matching):
        return [places[0] for places in matching]
    return texts if len(texts) == 2 else None


def _has_text(cells: Sequence[str]) -> bool:
    """Whether a column holds words at all, or nothing at all."""
    return any(map(_is_words, cells)) or not any(map(str.strip, cells))


def _is_text(cells: Sequence[str]) -> bool:
    """Whether most cells of a column hold words, and not the same ones again and again."""
    filled = [cell for cell in cells if cell.strip()]
    texts = sum(_is_words(cell) and not _is_label(cell) for cell in filled)
    return 2 * texts > len(filled) and len(set(filled)) >= _FEWEST_DIFFERENT * len(filled)


def _is_words(cell: str) -> bool:
    cell = cell.strip()
    if not _LETTER.search(cell) or _ADDRESS.fullmatch(cell):
        return False
    if len(cell.split(None, 1)) > 1 or not cell.isascii():
        return True
    return not _NO_WORD.search(cell)


def _is_label(cell: str) -> bool:
    return registry.of_tag(cell) is not None or cell.strip().lower() in SPLIT_NAMES
