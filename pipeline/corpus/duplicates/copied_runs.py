"""Lines (paragraphs) most of whose runs of 13 words are on another page too.

Dolma's rule for paragraphs (arXiv 2402.00159, appendix on deduplication) with exact sets of hashes
instead of a Bloom filter: a quotation with changes, or a notice with another name in it. As with
whole lines, a run belongs to the page with the smallest URL hash. Lines with fewer words have no
runs and stay.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
from apache_beam.pvalue import PCollection
from numpy.typing import NDArray

from pipeline.corpus.candidates import candidates_path, read_candidates
from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.duplicates.hash_rows import Extent, read_blocks, read_extent, write_by_bucket
from pipeline.corpus.duplicates.hashes import (
    LINE,
    PAGE,
    Rows,
    by_file,
    copied_lines,
    join,
    url_digest,
)
from pipeline.corpus.duplicates.words import runs, tokens

_FOLDER = "runs"
_BLOCK_ROWS = 2**18


def line_runs(text: str, words: int) -> tuple[NDArray[np.uint64], NDArray[np.intp]]:
    """Hashes of all runs of `words` words that lie on one line, and the numbers of these lines."""
    found = tokens(text)
    length = found.run_length(words)
    hashes = runs(found.hashes, length)
    first, last = found.lines[: len(hashes)], found.lines[length - 1 :]
    on_one = first == last
    return hashes[on_one], first[on_one]


def run_rows(
    file: int, dropped: NDArray[np.integer], work: Path, config: CorpusConfig
) -> Iterator[Rows]:
    """LINE rows of the runs of an input file's candidates, but for the `dropped` page numbers.

    A line has one row for each run. OSErrors pass up.
    """
    gone, start = set(dropped.tolist()), 0
    for candidate in read_candidates(candidates_path(work, file)):
        if candidate.page not in gone:
            hashes, lines = line_runs(candidate.text, config.copied_run_words)
            rows = np.empty(len(hashes), LINE)
            rows["text"], rows["line"] = hashes, start + lines
            rows["url"] = int.from_bytes(url_digest(candidate.url)[:8], "big")
            rows["file"], rows["page"] = file, candidate.page
            yield rows
        start += candidate.text.count("\n") + 1


def mostly_copied(
    every: Iterable[NDArray[np.uint32]], copied: Iterable[NDArray[np.uint32]], share: float
) -> NDArray[np.uint32]:
    """The lines more than `share` of whose runs are copied.

    Blocks of line numbers, one for each run: of `every` run, and of those `copied`.
    """
    counts, totals = _counts(copied), _counts(every)
    return np.flatnonzero(counts > share * totals[: len(counts)]).astype(np.uint32)


def _counts(blocks: Iterable[NDArray[np.uint32]]) -> NDArray[np.int64]:
    """How often each number is there, [number]."""
    total = np.zeros(0, np.int64)
    for block in blocks:
        part = np.bincount(block, minlength=len(total))
        part[: len(total)] += total
        total = part
    return total


def lines_of_copied_runs(
    files: Mapping[str, PCollection], work: Path, config: CorpusConfig
) -> PCollection:
    """The lines that go, as (file, their numbers).

    `files`: "path", (file, its path), and "dropped", (file, page rows) that are gone before.
    """
    return (
        files
        | "RunsByFile" >> beam.CoGroupByKey()
        | "RunsLeft" >> beam.FlatMap(_runs_left, work, config)
        | "ByRun" >> beam.GroupByKey()
        | "CopiesOfRuns" >> beam.FlatMap(_copies)
        | "CopiesByFile" >> beam.GroupByKey()
        | "MostlyCopied" >> beam.Map(_lines, work, config.max_copied_run_share)
    )


def _runs_left(
    group: tuple[int, Mapping[str, Iterable[Any]]], work: Path, config: CorpusConfig
) -> list[tuple[int, Extent]]:
    file, dropped = group[0], join(list(group[1]["dropped"]), PAGE)["page"]
    path = _path(work, file)
    path.parent.mkdir(exist_ok=True)
    blocks = _joined(run_rows(file, dropped, work, config))
    return write_by_bucket(blocks, path, "text", config.hash_buckets)


def _joined(blocks: Iterable[Rows]) -> Iterator[Rows]:
    """The same rows in larger blocks, so that the pieces of a bucket are not too many."""
    waiting, count = [np.empty(0, LINE)], 0
    for block in blocks:
        waiting.append(block)
        count += len(block)
        if count >= _BLOCK_ROWS:
            yield np.concatenate(waiting)
            waiting, count = [], 0
    yield join(waiting, LINE)


def _copies(group: tuple[int, Iterable[Extent]]) -> Iterator[tuple[int, NDArray[np.uint32]]]:
    rows = join([read_extent(extent, LINE) for extent in group[1]], LINE)
    for file, copies in by_file(rows[copied_lines(rows)]):
        yield file, copies["line"]


def _lines(
    group: tuple[int, Iterable[NDArray[np.uint32]]], work: Path, share: float
) -> tuple[int, NDArray[np.uint32]]:
    file, copied = group
    every = (rows["line"] for rows in read_blocks(_path(work, file), LINE))
    return file, mostly_copied(every, copied, share)


def _path(work: Path, number: int) -> Path:
    return work / _FOLDER / f"{number:05d}"
