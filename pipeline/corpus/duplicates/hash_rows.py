"""Rows of hashes in files of the work folder, so that no process holds those of a whole file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.corpus.duplicates.hashes import Rows, by_bucket
from pipeline.stages.frames import replacing

_BLOCK_ROWS = 2**18


def pages_path(work: Path, number: int) -> Path:
    """The file of the PAGE rows of an input file."""
    return work / "rows" / f"{number:05d}.pages"


def lines_path(work: Path, number: int) -> Path:
    """The file of the LINE rows of an input file."""
    return work / "rows" / f"{number:05d}.lines"


@dataclass(frozen=True, slots=True)
class Extent:
    """The place of some rows in a file."""

    path: str
    offset: int  # in bytes
    rows: int


def read_blocks(path: Path, kind: np.dtype) -> Iterator[Rows]:
    """All rows of a file, not too many at once."""
    with path.open("rb") as stream:
        while len(rows := np.fromfile(stream, kind, _BLOCK_ROWS)):
            yield rows


def read_extent(extent: Extent, kind: np.dtype) -> Rows:
    """The rows of an extent."""
    return np.fromfile(extent.path, kind, extent.rows, offset=extent.offset)


def write_by_bucket(
    blocks: Iterable[Rows], path: Path, field: str, buckets: int
) -> list[tuple[int, Extent]]:
    """Write the rows, those of a bucket together; bucket and place of each piece.

    OSErrors pass up.
    """
    pieces = []
    with replacing(path) as stream:
        for block in blocks:
            for bucket, rows in by_bucket(block, field, buckets):
                pieces.append((bucket, Extent(str(path), stream.tell(), len(rows))))
                stream.write(rows.tobytes())
    return pieces
