"""Files of one language each that belong together: by line, or by a key before the text."""

import contextlib
import itertools
import sqlite3
from collections.abc import Iterator
from typing import cast

from langs.errors import InputError
from pipeline.translation.bitext.readers.rows import Read, Row, Source, lines_of

_END = object()
_TABLE = """
PRAGMA journal_mode = OFF;
CREATE TABLE texts (key TEXT, code TEXT, text TEXT, PRIMARY KEY (key, code)) WITHOUT ROWID;
"""
_INSERT = "INSERT OR IGNORE INTO texts VALUES (?, ?, ?)"


def by_line(source: Source, read: Read) -> Iterator[Row]:
    """A row for each line of all files.

    Raises InputError, with the numbers of lines, if one file has more than another.
    """
    codes, paths = zip(*source.files, strict=True)
    files = [lines_of(path, read) for path in paths]
    complete = 0
    while _END not in (texts := [next(lines, _END) for lines in files]):
        yield Row(dict(zip(codes, cast(list[str | None], texts), strict=True)), source.split)
        complete += 1
    counts = [
        complete + (text is not _END) + sum(1 for _ in lines)
        for text, lines in zip(texts, files, strict=True)
    ]
    if len(set(counts)) > 1:
        (least, shortest), *_, (most, longest) = sorted(zip(counts, paths, strict=True))
        raise InputError(
            f"{shortest} has {least:,} lines and {longest} {most:,}: they must say the same on "
            "every line; align them first"
        )


def by_key(source: Source, read: Read) -> Iterator[Row]:
    """A row for each key, in the order of keys; languages that lack it are left out.

    Lines without a tab, and those of a key that the file has had, are malformed. The texts wait in
    a temporary database on disk, so that files may have any order and size; to fill it is half of
    the work, so `read` gets half of the bytes then.
    """
    with contextlib.closing(sqlite3.connect("")) as database:
        database.executescript(_TABLE)
        for code, path in source.files:
            for line in lines_of(path, lambda size: read(size // 2)):
                key, tab, text = (line or "").partition("\t")
                if not tab or not database.execute(_INSERT, (key.strip(), code, text)).rowcount:
                    yield Row({}, is_malformed=True)
        (texts,) = database.execute("SELECT count(*) FROM texts").fetchone()
        ordered = database.execute("SELECT key, code, text FROM texts ORDER BY key, code")
        for _, group in itertools.groupby(ordered, key=lambda key_and_text: key_and_text[0]):
            row = {code: text for _, code, text in group}
            read(source.size * len(row) // (2 * texts))
            yield Row(row, source.split)
