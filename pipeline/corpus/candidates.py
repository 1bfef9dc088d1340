"""Candidates: the pages of an input file that passed the rules, in a file of the work folder."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import zstandard

from pipeline.files.lines import whole_lines
from pipeline.files.zstd import zstd_blocks

_LEVEL = 1  # read once and deleted
_BLOCK_BYTES = 2**18


@dataclass(frozen=True, slots=True)
class Candidate:
    """A page that passed the rules; its lines are stripped and not empty."""

    page: int  # its number in the input file
    url: str
    timestamp: str
    text: str


def candidates_path(work: Path, number: int) -> Path:
    """The file of the candidates of input file `number`."""
    return work / "candidates" / f"{number:05d}.zst"


class CandidateWriter:
    """Writes candidates into an open file."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = zstandard.ZstdCompressor(level=_LEVEL).stream_writer(stream, closefd=False)

    def add(self, candidate: Candidate) -> None:
        values = (candidate.page, candidate.url, candidate.timestamp, candidate.text)
        self._stream.write(json.dumps(values, ensure_ascii=False).encode("utf-8") + b"\n")

    def close(self) -> None:
        self._stream.close()


def read_candidates(path: Path) -> Iterator[Candidate]:
    """The candidates of one input file, in order. Raises ValueError for a damaged file."""
    with path.open("rb") as stream:
        for line in whole_lines(zstd_blocks(stream, _BLOCK_BYTES)):
            yield Candidate(*json.loads(line))
