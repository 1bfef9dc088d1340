"""Lines that another page has too: whole lines, and lines most of whose runs of 13 words it has.

Whole lines, or several in a row, are mC4's rule. Runs are Dolma's rule for paragraphs (arXiv
2402.00159, appendix on deduplication), with exact sets of hashes instead of a Bloom filter: they
find a quotation with changes, or a notice with another name in it. A line or run belongs to the
page with the smallest URL hash. Lines with fewer words have no runs and stay.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
from apache_beam.pvalue import PCollection
from numpy.typing import NDArray

from pipeline.corpus.candidates import candidates_path, read_candidates
from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.duplicates.hash_rows import (
    Extent,
    lines_path,
    read_blocks,
    read_extent,
    write_by_bucket,
)
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

_BLOCK_ROWS = 2**18

RowsOfFile = Callable[[int, NDArray[np.integer], Path, CorpusConfig], Iterator[Rows]]
"""LINE rows of an input file without those of the dropped pages, whose numbers it is given."""


def line_runs(text: str, words: int) -> tuple[NDArray[np.uint64], NDArray[np.intp]]:
    """Hashes of all runs of `words` words that lie on one line, and the numbers of these lines."""
    words_of_text = tokens(text)
    length = words_of_text.run_length(words)
    hashes = runs(words_of_text.hashes, length)
    first, last = words_of_text.lines[: len(hashes)], words_of_text.lines[length - 1 :]
    on_one_line = first == last
    return hashes[on_one_line], first[on_one_line]


def run_rows(
    file: int, dropped: NDArray[np.integer], work: Path, config: CorpusConfig
) -> Iterator[Rows]:
    """LINE rows of the runs of an input file's candidates, but for the `dropped` page numbers.

    A line has one row for each run. OSErrors pass up.
    """
    yield from _joined(_candidate_rows(file, dropped, work, config))


def _candidate_rows(
    file: int, dropped: NDArray[np.integer], work: Path, config: CorpusConfig
) -> Iterator[Rows]:
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
    """The count of each number, [number]."""
    total = np.zeros(0, np.int64)
    for block in blocks:
        part = np.bincount(block, minlength=len(total))
        part[: len(total)] += total
        total = part
    return total


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


def dropped_lines(
    files: Mapping[str, PCollection], work: Path, config: CorpusConfig
) -> PCollection:
    """The lines that go because another page has them, as (file, their numbers).

    `files`: "path", (file, its path), and "dropped", (file, page rows) that are gone before.
    """
    left = files | "LeftOfFile" >> beam.CoGroupByKey() | "PagesGone" >> beam.Map(_pages_gone)
    span = config.duplicate_span_lines
    lines = _copies(left, "Lines", _line_rows, work, config) | "Spans" >> beam.Map(_spans, span)
    if not config.max_copied_run_share:
        return lines
    of_runs = (
        _copies(left, "Runs", run_rows, work, config)
        | "CopiesByFile" >> beam.GroupByKey()
        | "MostlyCopied" >> beam.Map(_mostly_copied, work, config.max_copied_run_share)
    )
    return (lines, of_runs) | "WithRuns" >> beam.Flatten()


def _pages_gone(
    group: tuple[int, Mapping[str, Iterable[Any]]],
) -> tuple[int, NDArray[np.integer]]:
    return group[0], join(list(group[1]["dropped"]), PAGE)["page"]


def _copies(
    left: PCollection, kind: str, rows: RowsOfFile, work: Path, config: CorpusConfig
) -> PCollection:
    """Line numbers of the rows that another page has too, as (file, numbers), in several parts."""
    return (
        left
        | f"{kind}Left" >> beam.FlatMap(_write_rows, rows, kind.lower(), work, config)
        | f"By{kind}" >> beam.GroupByKey()
        | f"CopiesOf{kind}" >> beam.FlatMap(_copied)
    )


def _write_rows(
    file: tuple[int, NDArray[np.integer]],
    rows: RowsOfFile,
    kind: str,
    work: Path,
    config: CorpusConfig,
) -> list[tuple[int, Extent]]:
    number, gone = file
    path = work / kind / f"{number:05d}"
    path.parent.mkdir(exist_ok=True)
    return write_by_bucket(rows(number, gone, work, config), path, "text", config.hash_buckets)


def _copied(group: tuple[int, Iterable[Extent]]) -> Iterator[tuple[int, NDArray[np.uint32]]]:
    rows = join([read_extent(extent, LINE) for extent in group[1]], LINE)
    for file, copies in by_file(rows[copied_lines(rows)]):
        yield file, copies["line"]


def _line_rows(
    file: int, dropped: NDArray[np.integer], work: Path, config: CorpusConfig
) -> Iterator[Rows]:
    for lines in read_blocks(lines_path(work, file), LINE):
        yield lines[~np.isin(lines["page"], dropped)]


def _spans(copies: tuple[int, NDArray[np.uint32]], span: int) -> tuple[int, NDArray[np.uint32]]:
    return copies[0], np.add.outer(copies[1], np.arange(span, dtype=np.uint32)).ravel()


def _mostly_copied(
    group: tuple[int, Iterable[NDArray[np.uint32]]], work: Path, share: float
) -> tuple[int, NDArray[np.uint32]]:
    file, copied = group
    every = (rows["line"] for rows in read_blocks(work / "runs" / f"{file:05d}", LINE))
    return file, mostly_copied(every, copied, share)
