"""The corpus job as a Beam pipeline.

    files -> Scan -> pages -> NewestOfUrl -> CopiesOfText --+-> dropped pages
                                       (option) NearCopies -+
    lines that Scan left ------ without dropped pages ---> CopiesOfLines -> dropped lines
                                                 (option) CopiesOfRuns -/
    files + dropped pages + dropped lines -> Finish -> frames -> Write
                                                   \\-> sizes of languages -> plan for Write

Text never goes through a shuffle: Scan and Finish leave it in the work folder, which every worker
must see, and so do hashes of lines. What goes through Beam are NumPy blocks of hashes of pages,
places of text and of hashes, counts, and examples of what was removed.
"""

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
from apache_beam.pvalue import AsDict, PCollection, TaggedOutput
from numpy.typing import NDArray

from pipeline import stage
from pipeline.corpus import metrics
from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.copied_runs import lines_of_copied_runs
from pipeline.corpus.deduplicate import (
    COPY,
    LINE,
    OLDER,
    PAGE,
    Rows,
    by_bucket,
    by_file,
    copied_lines,
    copied_pages,
    join,
    older_versions,
)
from pipeline.corpus.finish import finish_file
from pipeline.corpus.near_duplicates import near_pages
from pipeline.corpus.removed import Example, Sample, from_json, smallest
from pipeline.corpus.removed import Key as RemovedKey
from pipeline.corpus.rows import (
    Extent,
    lines_path,
    pages_path,
    read_blocks,
    read_extent,
    write_by_bucket,
)
from pipeline.corpus.scan import fault_counts, scan_file
from pipeline.corpus.spill import Frame, read_frame
from pipeline.corpus.split import LanguageSize, add_sizes
from pipeline.corpus.write import Plan, plan, write_shard

COUNTS = "counts.json"
_WRITTEN = ("documents", "bytes")


@dataclass(frozen=True)
class Job:
    """What every step must know."""

    config: CorpusConfig
    folder: Path  # gets documents/
    work: Path  # text between the steps; deleted at the end
    buckets: int  # parts of each language


def build(pipeline: beam.Pipeline, inputs: Iterable[tuple[int, str]], job: Job) -> None:
    """Add all steps to the pipeline; `inputs` are numbered paths of WET files.

    What is counted goes to `COUNTS` in the work folder, see `read_counts`.
    """
    files = pipeline | "Files" >> beam.Create(list(inputs)) | beam.Reshuffle()
    scanned = files | beam.ParDo(_Scan(job)).with_outputs("pages", "removed", main="counts")
    dropped, page_counts = _dropped_pages(scanned.pages, job.config)
    if job.config.near_duplicate_likeness:
        near, near_counts = near_pages(files, dropped, job.work, job.config)
        dropped = (dropped, near) | "WithNear" >> beam.Flatten()
        page_counts = (page_counts, near_counts) | "WithNearCounts" >> beam.Flatten()
    left = {"path": files, "dropped": dropped}
    copies = _dropped_lines(left, job)
    if job.config.max_copied_run_share:
        of_runs = lines_of_copied_runs(left, job.work, job.config)
        copies = (copies, of_runs) | "WithRuns" >> beam.Flatten()
    by_number = {"path": files, "pages": dropped, "lines": copies}
    finished = (
        by_number
        | "AllByFile" >> beam.CoGroupByKey()
        | beam.ParDo(_Finish(job)).with_outputs("frames", "sizes", "removed", main="counts")
    )
    sizes = finished.sizes | beam.CombinePerKey(add_sizes)
    written, small = _write(finished.frames, sizes, job)
    counts = (scanned.counts, page_counts, finished.counts, written) | beam.Flatten()
    examples = (scanned.removed, finished.removed, small) | "Removed" >> beam.Flatten()
    few = examples | "Few" >> beam.CombinePerKey(smallest)
    _save(counts | "Sum" >> beam.CombinePerKey(sum), sizes, few, job)


def read_counts(work: Path) -> tuple[dict[tuple[str, ...], int], dict[str, LanguageSize]]:
    """Counts of the finished pipeline (keys of `statistics.Key`) and sizes of the languages."""
    content = json.loads((work / COUNTS).read_text(encoding="utf-8"))
    counts = {tuple(key): count for key, count in content["counts"]}
    return counts, {code: LanguageSize(pages) for code, pages in content["pages"]}


def read_removed(work: Path) -> list[tuple[RemovedKey, list[Example]]]:
    """Examples of what the finished pipeline removed."""
    return from_json(json.loads((work / COUNTS).read_text(encoding="utf-8"))["removed"])


def _measure(step: str, started: float, by_earlier_run: bool) -> None:
    """Tell Beam of one more file, begun at `started` of the monotonic clock."""
    metrics.count(f"{step}_files", 1)
    metrics.count(f"{step}_files_by_earlier_run", int(by_earlier_run))
    metrics.observe(f"{step}_file_seconds", round(time.monotonic() - started))


class _Scan(beam.DoFn):
    def __init__(self, job: Job) -> None:
        self.job = job

    def process(self, file: tuple[int, str]) -> Iterator[Any]:
        number, path = file
        started = time.monotonic()
        scan = scan_file(number, path, self.job.work, self.job.config)
        _measure("scan", started, scan.by_earlier_run)
        metrics.observe("pages_per_file", scan.counts["found",])
        metrics.observe("text_bytes_per_file", scan.text_bytes)
        metrics.count("candidates", scan.candidates)
        for rows in read_blocks(pages_path(self.job.work, number), PAGE):
            for block in by_bucket(rows, "url", self.job.config.hash_buckets):
                yield TaggedOutput("pages", block)
        for examples in scan.removed:
            yield TaggedOutput("removed", examples)
        yield from scan.counts.items()


def _dropped_pages(pages: PCollection, config: CorpusConfig) -> tuple[PCollection, PCollection]:
    """Duplicates as (file, page rows), and the counts of these and of pages that fail the rules."""
    newest = (
        pages
        | "ByUrl" >> beam.GroupByKey()
        | beam.ParDo(_NewestOfUrl(config)).with_outputs("dropped", "counts", main="kept")
    )
    copies = (
        newest.kept
        | "ByText" >> beam.GroupByKey()
        | beam.ParDo(_CopiesOfText(config)).with_outputs("counts", main="dropped")
    )
    dropped = (newest.dropped, copies.dropped) | "DroppedPages" >> beam.Flatten()
    return dropped, (newest.counts, copies.counts) | "PageCounts" >> beam.Flatten()


class _NewestOfUrl(beam.DoFn):
    """Drops older versions; passes on the candidates among the others by their text."""

    def __init__(self, config: CorpusConfig) -> None:
        self.config = config

    def process(self, group: tuple[int, Iterable[Rows]]) -> Iterator[Any]:
        pages = join(list(group[1]), PAGE)
        if self.config.drop_duplicate_urls:
            old = older_versions(pages)
            yield TaggedOutput("counts", (("dropped", "duplicate_urls", "older"), int(old.sum())))
            for block in by_file(_marked(pages[old], OLDER)):
                yield TaggedOutput("dropped", block)
            pages = pages[~old]
        for count in fault_counts(pages):
            yield TaggedOutput("counts", count)
        yield from by_bucket(pages[pages["fault"] == 0], "text", self.config.hash_buckets)


class _CopiesOfText(beam.DoFn):
    """Drops pages whose text another page has."""

    def __init__(self, config: CorpusConfig) -> None:
        self.config = config

    def process(self, group: tuple[int, Iterable[Rows]]) -> Iterator[Any]:
        if not self.config.drop_duplicate_pages:
            return
        pages = join(list(group[1]), PAGE)
        copied = copied_pages(pages)
        yield TaggedOutput("counts", (("dropped", "duplicate_pages", "copy"), int(copied.sum())))
        yield from by_file(_marked(pages[copied], COPY))


def _marked(pages: Rows, kind: int) -> Rows:
    pages["fault"] = kind
    return pages


def _dropped_lines(files: dict[str, PCollection], job: Job) -> PCollection:
    """Lines that go because another page has them, as (file, their numbers)."""
    return (
        files
        | "LinesByFile" >> beam.CoGroupByKey()
        | "LinesLeft" >> beam.FlatMap(_lines_left, job)
        | "ByLine" >> beam.GroupByKey()
        | "CopiesOfLines" >> beam.FlatMap(_line_copies, job.config.duplicate_span_lines)
    )


def _lines_left(group: tuple[int, dict[str, Iterable[Rows]]], job: Job) -> list[tuple[int, Extent]]:
    number, dropped = group[0], join(list(group[1]["dropped"]), PAGE)
    blocks = (
        lines[~np.isin(lines["page"], dropped["page"])]
        for lines in read_blocks(lines_path(job.work, number), LINE)
    )
    path = job.work / "lines" / f"{number:05d}"
    return write_by_bucket(blocks, path, "text", job.config.hash_buckets)


def _line_copies(
    group: tuple[int, Iterable[Extent]], span: int
) -> Iterator[tuple[int, NDArray[np.uint32]]]:
    lines = join([read_extent(extent, LINE) for extent in group[1]], LINE)
    for file, rows in by_file(lines[copied_lines(lines)]):
        yield file, (rows["line"][:, None] + np.arange(span, dtype=np.uint32)).ravel()


class _Finish(beam.DoFn):
    def __init__(self, job: Job) -> None:
        self.job = job

    def process(self, group: tuple[int, dict[str, Iterable[Any]]]) -> Iterator[Any]:
        number, blocks = group
        pages = join(list(blocks["pages"]), PAGE)
        lines = np.unique(np.concatenate([np.empty(0, np.uint32), *blocks["lines"]]))
        started = time.monotonic()
        finished = finish_file(
            number, pages, lines, self.job.buckets, self.job.work, self.job.config
        )
        _measure("finish", started, finished.by_earlier_run)
        metrics.count("duplicate_pages_removed", len(pages))
        metrics.count("duplicate_lines_removed", len(lines))
        for language, bucket, frame in finished.frames:
            yield TaggedOutput("frames", (language, (bucket, frame)))
        for size in finished.sizes.items():
            yield TaggedOutput("sizes", size)
        for examples in finished.removed:
            yield TaggedOutput("removed", examples)
        yield from finished.counts.items()


def _write(frames: PCollection, sizes: PCollection, job: Job) -> tuple[PCollection, PCollection]:
    """Writes all languages that have enough pages; counts of these, and examples of the others."""
    plans = sizes | "Plan" >> beam.Map(
        lambda size: (size[0], plan(size[1], job.buckets, job.config))
    )
    placed = frames | "Place" >> beam.FlatMap(_place, AsDict(plans), job.buckets)
    empty = plans | "AllShards" >> beam.FlatMap(_all_shards)
    small = frames | "FewPages" >> beam.FlatMap(_few_pages, AsDict(plans))
    written = (
        (placed, empty)
        | "Shards" >> beam.Flatten()
        | "ByShard" >> beam.GroupByKey()
        | "Write" >> beam.FlatMap(_write_shard, AsDict(plans), job)
    )
    return written, small


def _place(
    frame: tuple[str, tuple[int, Frame]], plans: dict[str, Plan | None], buckets: int
) -> Iterator[tuple[tuple[str, int], Frame | None]]:
    language, (bucket, place) = frame
    how = plans[language]
    if how:
        yield (language, bucket * how.shards // buckets), place


def _few_pages(
    frame: tuple[str, tuple[int, Frame]], plans: dict[str, Plan | None]
) -> list[tuple[RemovedKey, list[Example]]]:
    language, (_, place) = frame
    sample = Sample()
    if not plans[language]:
        for entry in read_frame(place):
            page = json.loads(entry.line)
            sample.add("pages_per_language", "few_pages", page["url"], page["text"], language)
    return sample.examples()


def _all_shards(
    language: tuple[str, Plan | None],
) -> Iterator[tuple[tuple[str, int], Frame | None]]:
    code, how = language
    for shard in range(how.shards if how else 0):
        yield (code, shard), None


def _write_shard(
    group: tuple[tuple[str, int], Iterable[Frame | None]], plans: dict[str, Plan | None], job: Job
) -> Iterator[tuple[tuple[str, ...], int]]:
    (language, shard), places = group
    how = plans[language]
    assert how is not None
    frames = [place for place in places if place]
    counts = write_shard(language, shard, how, frames, job.folder, job.config)
    written = [sum(n for key, n in counts.items() if key[3] == name) for name in _WRITTEN]
    for name, amount in zip(_WRITTEN, written, strict=True):
        metrics.observe(f"{name}_per_shard", amount)
    yield from counts.items()


def _save(counts: PCollection, sizes: PCollection, removed: PCollection, job: Job) -> None:
    pages = sizes | "Pages" >> beam.Map(lambda size: (size[0], size[1].pages))
    _ = (
        counts
        | "AllCounts" >> beam.combiners.ToList()
        | "Save"
        >> beam.Map(
            _save_counts,
            beam.pvalue.AsList(pages),
            beam.pvalue.AsList(removed),
            str(job.work / COUNTS),
        )
    )


def _save_counts(
    counts: list[tuple[tuple[str, ...], int]],
    pages: list[tuple[str, int]],
    removed: list[tuple[RemovedKey, list[Example]]],
    path: str,
) -> None:
    content = {"counts": sorted(counts), "pages": sorted(pages), "removed": sorted(removed)}
    stage.write_json(Path(path), content)
