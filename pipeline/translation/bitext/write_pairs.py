"""Second step: the pairs of two languages -> clean text and token ids, without copies."""

import gzip
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from langs.directions import Direction
from models.formats.data_folder import SHARDS, shard_name
from pipeline.prepare import shard_writer
from pipeline.stages import records
from pipeline.stages.frames import Frame, read_frame
from pipeline.translation.bitext.copies import RULES, Digests, HeldOut, Pairs, faults
from pipeline.translation.bitext.readers.rows import SPLITS, TEST, VALID
from pipeline.translation.bitext.work_folder import Job, Tally

TOO_MANY_PIECES = "too_many_pieces"
CLEAN = "clean"
SHARD = shard_name(0)
_BATCH_PAIRS = 2000  # encoded at once


@dataclass(frozen=True)
class PairTask:
    """Two languages and the places of their pairs."""

    pair: Direction
    size: int  # pairs of texts
    frames: Sequence[Frame]


@dataclass(frozen=True)
class Written:
    """The result of a task."""

    removed: list[tuple[str, int]]  # rule, pairs
    sides: dict[str, dict[str, dict[str, Any]]]  # split -> code -> shard_writer.Shard as JSON


class _Pair(NamedTuple):
    split: str
    texts: tuple[str, str]


def write(task: PairTask, job: Job, output: str, model: bytes, dtype: np.dtype[Any]) -> None:
    """Write clean text and shards of a pair and, last, its record; a pair with one is done.

    output: gets clean/ and shards/. model: serialised SentencePiece model. dtype: of the ids.
    """
    record = _record(task.pair, job)
    if records.load(record) is not None:
        return
    tally = Tally(record.with_suffix(".tally"))
    removed = _removed(task, job)
    counts = Counter({RULES[i]: n for i, n in enumerate(np.bincount(removed).tolist()) if i and n})
    splits = {split: _SplitWriter(Path(output), split, task.pair, dtype) for split in SPLITS}
    tally.add(sum(counts.values()))
    left = _left(task, removed)
    while batch := list(itertools.islice(left, _BATCH_PAIRS)):
        for pair, encoded in zip(batch, _encoded(batch, model, dtype), strict=True):
            if max(len(ids) for ids, _ in encoded) - 1 > job.config.max_pieces:
                counts[TOO_MANY_PIECES] += 1
            else:
                splits[pair.split].add(pair.texts, encoded)
        tally.add(len(batch))
    tally.close()
    sides = {split: shards for split, writer in splits.items() if (shards := writer.close())}
    files = [path for writer in splits.values() for path in writer.files]
    records.keep(record, {"removed": sorted(counts.items()), "sides": sides}, files)


def written(task: PairTask, job: Job) -> Written:
    """The result of a finished task."""
    content: Any = records.load(_record(task.pair, job))
    return Written([tuple(count) for count in content["removed"]], content["sides"])


def texts(task: PairTask, job: Job, split: str, code: str) -> Iterator[str]:
    """One side of a split of a pair, of any number of pieces."""
    side = list(task.pair).index(code)
    left = _left(task, _removed(task, job))
    return (pair.texts[side] for pair in left if pair.split == split)


def _removed(task: PairTask, job: Job) -> np.ndarray[Any, Any]:
    held_out = _held_out(task.pair, job)
    return faults(_compared(task.frames), held_out, job.config.max_pairs_per_side)


def _left(task: PairTask, removed: np.ndarray[Any, Any]) -> Iterator[_Pair]:
    pairs = zip(_pairs(task.frames), removed, strict=True)
    return (pair for pair, fault in pairs if not fault)


def _record(pair: Direction, job: Job) -> Path:
    return job.path("write", f"{pair}.json")


def _held_out(pair: Direction, job: Job) -> HeldOut:
    def digests(split: str, code: str) -> Digests:
        path = job.digests_path(split, code)
        return np.load(path) if path.exists() else np.empty(0, np.uint64)

    first, second = ({split: digests(split, code) for split in (VALID, TEST)} for code in pair)
    return HeldOut(first, second)


def _compared(frames: Sequence[Frame]) -> Pairs:
    """Digests and splits of all pairs: 17 bytes each."""
    blocks = []
    for frame in frames:
        entries = [(entry.digest, entry.line[:2]) for entry in read_frame(frame)]
        digests = np.frombuffer(b"".join(digest for digest, _ in entries), ">u8").reshape(-1, 2)
        split = np.array([_SPLIT_OF_START[start] for _, start in entries], np.uint8)
        blocks.append((digests.astype(np.uint64), split))
    digests = np.concatenate([np.empty((0, 2), np.uint64), *(block[0] for block in blocks)])
    split = np.concatenate([np.empty(0, np.uint8), *(block[1] for block in blocks)])
    return Pairs(digests[:, 0], digests[:, 1], split)


_SPLIT_OF_START = {split[:2].encode(): i for i, split in enumerate(SPLITS)}


def _pairs(frames: Sequence[Frame]) -> Iterator[_Pair]:
    for frame in frames:
        for entry in read_frame(frame):
            split, first, second = entry.line.decode("utf-8").split("\t")
            yield _Pair(split, (first, second))


_Encoded = tuple[tuple[np.ndarray[Any, Any], int], ...]
"""Of both sides: ids with eos, UTF-8 bytes of the text."""


def _encoded(batch: list[_Pair], model: bytes, dtype: np.dtype[Any]) -> Iterator[_Encoded]:
    processor = shard_writer.processor(model)
    sides = zip(*(pair.texts for pair in batch), strict=True)
    yield from zip(*(shard_writer.encode(processor, texts, dtype) for texts in sides), strict=True)


class _SplitWriter:
    """Clean text and both sides' shards of a pair and split; no file where nothing is added."""

    def __init__(self, output: Path, split: str, pair: Direction, dtype: np.dtype[Any]) -> None:
        self._clean = output / CLEAN / split / f"{pair}.tsv.gz"
        self._shards = [output / SHARDS / split / str(pair) / code / SHARD for code in pair]
        self._pair, self._dtype = pair, dtype
        self._writers: list[shard_writer.ShardWriter] = []

    def add(self, texts: tuple[str, str], encoded: _Encoded) -> None:
        if not self._writers:
            self._open()
        self._text.write(("\t".join(texts) + "\n").encode("utf-8"))
        for writer, (ids, text_bytes) in zip(self._writers, encoded, strict=True):
            writer.add(ids, text_bytes)

    def _open(self) -> None:
        for path in (self._clean, *self._shards):
            path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._clean.open("wb")
        self._text = gzip.GzipFile("", "wb", compresslevel=6, fileobj=self._file, mtime=0)
        self._text.write(("\t".join(self._pair) + "\n").encode("ascii"))
        self._writers = [shard_writer.ShardWriter(path, self._dtype) for path in self._shards]

    def close(self) -> dict[str, dict[str, Any]]:
        """End the files; returns the shards by code, none if nothing was added."""
        if not self._writers:
            return {}
        self._text.close()
        self._file.close()
        shards = [asdict(writer.close()) for writer in self._writers]
        return dict(zip(self._pair, shards, strict=True))

    @property
    def files(self) -> list[Path]:
        """All files that were written."""
        if not self._writers:
            return []
        ends = (".bin", ".idx")
        return [self._clean, *(Path(f"{path}{end}") for path in self._shards for end in ends)]
