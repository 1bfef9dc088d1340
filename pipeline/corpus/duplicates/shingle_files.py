"""The shingles of the candidates, in files of the work folder, for exact comparison.

One file an input file: the sorted shingles of page after page. A second file tells where each page
starts, so that any page is read alone.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np

from pipeline.corpus.duplicates.minhash import Shingles
from pipeline.stages.frames import replacing

FOLDER = "shingles"
_OPEN_FILES = 64


def shingles_path(work: Path, number: int) -> Path:
    """The file of the shingles of an input file."""
    return work / FOLDER / f"{number:05d}.u4"


class ShingleWriter:
    """Writes the shingles of one input file's pages, whose numbers rise; a context manager."""

    def __init__(self, work: Path, number: int) -> None:
        self._path = shingles_path(work, number)
        self._path.parent.mkdir(exist_ok=True)
        self._replacing = replacing(self._path)
        self._ends: list[tuple[int, int]] = []  # page, shingles up to its end

    def __enter__(self) -> Self:
        self._stream = self._replacing.__enter__()
        return self

    def add(self, page: int, shingles: Shingles) -> None:
        """Append the shingles of a page."""
        before = self._ends[-1][1] if self._ends else 0
        self._stream.write(shingles.astype("<u4").tobytes())
        self._ends.append((page, before + len(shingles)))

    def __exit__(self, *error: Any) -> None:
        self._replacing.__exit__(*error)
        with replacing(self._path.with_suffix(".npy")) as stream:
            np.save(stream, np.array(self._ends, "<i8").reshape(-1, 2).T.copy())


class ShingleReader:
    """Reads the shingles of single pages."""

    def __init__(self, work: Path) -> None:
        self._places = lru_cache(_OPEN_FILES)(
            lambda number: np.load(shingles_path(work, number).with_suffix(".npy"))
        )
        self._work = work

    def read(self, number: int, page: int) -> Shingles:
        """The shingles of a page of input file `number`."""
        pages, ends = self._places(number)
        place = int(np.searchsorted(pages, np.int64(page)))
        start = int(ends[place - 1]) if place else 0
        count = int(ends[place]) - start
        path = shingles_path(self._work, number)
        return np.fromfile(path, "<u4", count, offset=4 * start)
