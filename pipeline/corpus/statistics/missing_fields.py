"""Input files whose text stands in no field, or in several of one name, and what to do about it."""

import json
from collections.abc import Iterator
from pathlib import Path

_ADVICE = {
    "no_field": "say by --text-field where the text is",
    "duplicate_field": "rename one of the two, or say by --text-field where the text is",
    "wrong_type": "make it text, or say by --text-field where the text is",
}
_MOST = 10  # files that are named


def missing_fields(rejected: Path) -> Iterator[str]:
    """A line for each file of this folder whose first rejected record lacks its text.

    rejected: the folder of the rejected records, a file an input file.
    """
    told = 0
    for path in sorted(rejected.glob("*.jsonl")):
        with path.open(encoding="utf-8") as stream:
            row = json.loads(stream.readline())
        kind, _, field = row["reason"].partition(":")
        if kind not in _ADVICE:
            continue
        told += 1
        if told > _MOST:
            yield "and more files of this kind, see rejected/"
            return
        where = f"{row['file']}, {row['unit']} {row['offset']}"
        yield f"{where}: {kind} {field!r}, {row['records']:,} rejected; {_ADVICE[kind]}"
