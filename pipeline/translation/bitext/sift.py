"""First step: rows of one input -> pairs that pass the rules, kept in frames by pair.

Text waits in the work folder for the second step (`write_pairs`), and so do the digests of
validation and test texts, which no training pair may have.
"""

import dataclasses
import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import numpy as np

from langs.directions import Direction
from langs.errors import InputError
from pipeline.stages import records
from pipeline.stages.frames import Entry, Frame, FrameWriter, replacing
from pipeline.translation.bitext.config import BitextConfig
from pipeline.translation.bitext.pair_rules import Rules, Side, digest, tidy
from pipeline.translation.bitext.readers import aligned, columns, json_rows, tmx
from pipeline.translation.bitext.readers.rows import PIVOT, TEST, TRAIN, VALID, Read, Row, Source
from pipeline.translation.bitext.work_folder import Job, Tally

READERS: Mapping[str, Callable[[Source, Read], Iterator[Row]]] = {
    "tsv": columns.rows,
    "json": json_rows.rows,
    "tmx": tmx.rows,
    "lines": aligned.by_line,
    "keys": aligned.by_key,
}
"""The reader of each kind of input."""

READ, MALFORMED = "read", "malformed"  # counts of all pairs, and of those that cannot be read
UNKNOWN = ""  # the pair of rows whose languages cannot be told

Counts = Counter[tuple[str, str]]  # texts by pair (its name) and rule (or READ)
Digests = dict[tuple[str, str], set[bytes]]  # of texts by split and code


@dataclass(frozen=True)
class Task:
    """An input."""

    number: int  # names its files in the work folder
    source: Source
    held_out: bool  # its texts are test text alone


@dataclass(frozen=True)
class Sifted:
    """The result of a task."""

    counts: Counts
    frames: list[tuple[str, Frame]]  # pair, place
    pairs: list[Direction]  # all that its rows have, wanted or not


def read(task: Task, job: Job) -> None:
    """Do a task: write its frames, digests and, last, its record; a task with one is done."""
    record = _record(task, job)
    if records.load(record) is not None:
        return
    frames_path, npz_path = record.with_suffix(".frames"), record.with_suffix(".npz")
    counts: Counts = Counter()
    digests: Digests = defaultdict(set)
    tally = Tally(record.with_suffix(".tally"))
    rows = READERS[task.source.kind](task.source, tally.add)
    with replacing(frames_path) as stream:
        frames = FrameWriter(stream, frames_path)
        if task.held_out:
            pairs = _hold_out(rows, digests)
        else:
            pairs = _sift(_readable(rows, task.source), job, frames, counts, digests)
        frames.flush()
    with replacing(npz_path) as stream:
        np.savez(stream, **cast(Any, _arrays(digests)))
    tally.close()
    content = {
        "counts": [[*key, count] for key, count in sorted(counts.items())],
        "frames": [[pair, dataclasses.asdict(frame)] for pair, _, frame in frames.frames],
        "pairs": sorted(pairs),
    }
    records.keep(record, content, [frames_path, npz_path])


def sifted(task: Task, job: Job) -> Sifted:
    """The result of a finished task."""
    content: Any = records.load(_record(task, job))
    frames = [(pair, Frame(**frame)) for pair, frame in content["frames"]]
    counts = Counter({(pair, rule): count for pair, rule, count in content["counts"]})
    return Sifted(counts, frames, [Direction(*pair) for pair in content["pairs"]])


def join_digests(tasks: Sequence[Task], job: Job) -> None:
    """Put the digests of all finished tasks together, a file by split and code."""
    arrays: dict[str, list[np.ndarray[Any, Any]]] = defaultdict(list)
    for task in tasks:
        with np.load(_record(task, job).with_suffix(".npz")) as file:
            for name, digests in file.items():
                arrays[name].append(digests)
    for name, parts in arrays.items():
        with replacing(job.digests_path(*name.split("/"))) as stream:
            np.save(stream, np.unique(np.concatenate(parts)).astype(np.uint64))


def _record(task: Task, job: Job) -> Path:
    return job.path("read", f"{task.number:05d}.json")


def _hold_out(rows: Iterator[Row], digests: Digests) -> set[Direction]:
    for row in rows:
        for code, text in row.texts.items():
            digests[TEST, code].add(digest(tidy(text or "")))
    return set()


def _readable(rows: Iterator[Row], source: Source) -> Iterator[Row]:
    """The rows. Raises InputError at the end if all were malformed."""
    total = malformed = 0
    for row in rows:
        total += 1
        malformed += row.is_malformed
        yield row
    if total and malformed == total:
        raise InputError(
            f"{source.name}: none of its {total:,} rows can be read; see docs/translation.md for "
            "what it must look like"
        )


def _sift(
    rows: Iterator[Row], job: Job, frames: FrameWriter, counts: Counts, digests: Digests
) -> set[Direction]:
    """Sort good pairs into frames and count the others; returns all pairs that the rows have."""
    rules, seen = Rules(job.config), set[Direction]()

    @lru_cache(maxsize=2**12)
    def pairs_of(codes: tuple[str, ...]) -> list[Direction]:
        pairs = [Direction(*both) for both in itertools.combinations(sorted(codes), 2)]
        seen.update(pairs)
        return [pair for pair in pairs if pair in job.pairs]

    for row in rows:
        pairs = pairs_of(tuple(row.texts))
        if row.is_malformed:
            names = [str(pair) for pair in pairs] if row.texts else [UNKNOWN]
            counts.update((name, rule) for name in names for rule in (READ, MALFORMED))
            continue
        sides = {code: rules.side(row.texts[code], code) for code in {*itertools.chain(*pairs)}}
        split = row.split or split_of(_pivot(row.texts), job.config)
        for pair in pairs:
            name, first, second = str(pair), sides[pair.source], sides[pair.target]
            counts[name, READ] += 1
            if fault := rules.fault(first, second):
                counts[name, fault] += 1
                continue
            frames.add(name, 0, _entry(split, first, second))
            if split != TRAIN:
                for code in pair:
                    digests[split, code].add(sides[code].digest)
    return seen


def _entry(split: str, first: Side, second: Side) -> Entry:
    line = f"{split}\t{first.text}\t{second.text}".encode()
    return Entry(
        first.digest + second.digest, line, 1, len(first.text) + len(second.text), len(line)
    )


def _pivot(texts: Mapping[str, str | None]) -> str:
    """The text that decides the split: English, or the first in the order of codes."""
    code = PIVOT if texts.get(PIVOT) else min(texts, default="")
    return tidy(texts.get(code) or "")


def split_of(text: str, config: BitextConfig) -> str:
    """The split of a sentence, by its digest alone: the same in all inputs and pairs."""
    place = int.from_bytes(digest(text), "big") / 2**64
    if place < config.test_share:
        return TEST
    return VALID if place < config.test_share + config.valid_share else TRAIN


def _arrays(digests: Digests) -> dict[str, np.ndarray[Any, Any]]:
    return {
        f"{split}/{code}": np.frombuffer(b"".join(sorted(values)), dtype=">u8")
        for (split, code), values in digests.items()
    }
