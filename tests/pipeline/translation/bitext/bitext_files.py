"""Reads what `mswitch bitext` wrote."""

import gzip
import json
from pathlib import Path
from typing import Any


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def clean(folder: Path, split: str, pair: str) -> list[tuple[str, ...]]:
    """The pairs of a split, without the header; none if there is no file."""
    path = folder / "clean" / split / f"{pair}.tsv.gz"
    if not path.exists():
        return []
    lines = gzip.decompress(path.read_bytes()).decode().removesuffix("\n").split("\n")
    assert "-".join(lines[0].split("\t")) == pair
    return [tuple(line.split("\t")) for line in lines[1:]]


def contents(folder: Path) -> dict[str, bytes]:
    """All files by their paths."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}
