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

Only what every runner does right is used, Beam's DaskRunner too: Create, FlatMap, GroupByKey (and
what is made of it) and Flatten, one last step that everything leads to, and no tagged outputs, side
inputs, Partition or `finish_bundle`. A step with several outputs yields pairs (kind, value), of
which each consumer takes its kind (`_only`).
"""

import itertools
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
from apache_beam.pvalue import PCollection

from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.duplicates.copied_lines import dropped_lines
from pipeline.corpus.duplicates.hash_rows import pages_path, read_blocks
from pipeline.corpus.duplicates.hashes import (
    COPY,
    OLDER,
    PAGE,
    Rows,
    by_bucket,
    by_file,
    copied_pages,
    join,
    older_versions,
)
from pipeline.corpus.duplicates.near_duplicates import near_pages
from pipeline.corpus.split import LanguageSize, add_sizes
from pipeline.corpus.statistics import beam_metrics
from pipeline.corpus.statistics.funnel import Key
from pipeline.corpus.statistics.removed import Example, Sample, from_json, smallest
from pipeline.corpus.statistics.removed import Key as RemovedKey
from pipeline.corpus.steps.finish import finish_file
from pipeline.corpus.steps.scan import fault_counts, scan_file
from pipeline.corpus.steps.write_documents import Plan, plan, write_shard
from pipeline.stages import folders
from pipeline.stages.frames import Frame, read_frame

COUNTS = "counts.json"
Pairs = Iterator[tuple[str, Any]]
"""Outputs of a step by kind."""

_WRITTEN = ("documents", "bytes")


@dataclass(frozen=True)
class Job:
    """The settings and places that every step is given."""

    config: CorpusConfig
    folder: Path  # gets documents/
    work: Path  # text between the steps; deleted at the end
    buckets: int  # parts of each language


def build(pipeline: beam.Pipeline, inputs: Iterable[tuple[int, str]], job: Job) -> None:
    """Add all steps to the pipeline; `inputs` are numbered paths of WET files.

    What is counted goes to `COUNTS` in the work folder, see `read_counts`.
    """
    files = pipeline | "Files" >> beam.Create(list(inputs)) | beam.Reshuffle()
    scanned = files | "Scan" >> beam.FlatMap(_scan, job)
    dropped, page_counts = _dropped_pages(_only(scanned, "pages"), job.config)
    if job.config.near_duplicate_likeness:
        near, near_counts = near_pages(files, dropped, job.work, job.config)
        dropped = (dropped, near) | "WithNear" >> beam.Flatten()
        page_counts = (page_counts, near_counts) | "WithNearCounts" >> beam.Flatten()
    copies = dropped_lines({"path": files, "dropped": dropped}, job.work, job.config)
    by_number = {"path": files, "pages": dropped, "lines": copies}
    together = by_number | "AllByFile" >> beam.CoGroupByKey()
    finished = together | "Finish" >> beam.FlatMap(_finish, job)
    sizes = _only(finished, "sizes") | "Sizes" >> beam.CombinePerKey(add_sizes)
    few_pages, written = _write(_only(finished, "frames"), sizes, job)
    counts = [page_counts, *(_only(step, "counts") for step in (scanned, finished, written))]
    removed = [_only(scanned, "removed"), _only(finished, "removed"), few_pages]
    observed = [_only(step, "observed") for step in (scanned, finished, written)]
    few = removed | "Removed" >> beam.Flatten() | "Few" >> beam.CombinePerKey(smallest)
    _save(
        {
            "counts": counts | "Counts" >> beam.Flatten() | "Sum" >> beam.CombinePerKey(sum),
            "pages": sizes | "Pages" >> beam.Map(lambda size: (size[0], size[1].pages)),
            "removed": few,
            "observed": observed | beam.Flatten() | beam.CombinePerKey(beam_metrics.merge),
        },
        job.work / COUNTS,
    )


def _only(made: PCollection, kind: str) -> PCollection:
    """The values of one kind among the pairs (kind, value) of a step."""
    label = f"{made.producer.full_label}: {kind}"
    return made | label >> beam.FlatMap(lambda pair: [pair[1]] if pair[0] == kind else [])


def read_counts(work: Path) -> tuple[dict[Key, int], dict[str, LanguageSize]]:
    """Counts of the finished pipeline and sizes of the languages."""
    content = json.loads((work / COUNTS).read_text(encoding="utf-8"))
    counts = {tuple(key): count for key, count in content["counts"]}
    return counts, {code: LanguageSize(pages) for code, pages in content["pages"]}


def read_metrics(work: Path) -> dict[str, dict[str, Any]]:
    """The metrics of the finished pipeline (`beam_metrics.by_name`)."""
    content = json.loads((work / COUNTS).read_text(encoding="utf-8"))
    return beam_metrics.by_name(content["counts"], content["observed"])


def read_removed(work: Path) -> list[tuple[RemovedKey, list[Example]]]:
    """Examples of what the finished pipeline removed."""
    return from_json(json.loads((work / COUNTS).read_text(encoding="utf-8"))["removed"])


def _measure(step: str, started: float, by_earlier_run: bool) -> Pairs:
    """Count one more file, begun at `started` of the monotonic clock."""
    yield beam_metrics.count(f"{step}_files", 1)
    yield beam_metrics.count(f"{step}_files_by_earlier_run", int(by_earlier_run))
    yield beam_metrics.observe(f"{step}_file_seconds", round(time.monotonic() - started))


def _all(kind: str, values: Iterable[Any]) -> Pairs:
    yield from ((kind, value) for value in values)


def _scan(file: tuple[int, str], job: Job) -> Pairs:
    number, path = file
    started = time.monotonic()
    scan = scan_file(number, path, job.work, job.config)
    yield from _measure("scan", started, scan.by_earlier_run)
    yield beam_metrics.observe("pages_per_file", scan.counts["found",])
    yield beam_metrics.observe("text_bytes_per_file", scan.text_bytes)
    yield beam_metrics.count("candidates", scan.candidates)
    for rows in read_blocks(pages_path(job.work, number), PAGE):
        yield from _all("pages", by_bucket(rows, "url", job.config.hash_buckets))
    yield from _all("removed", scan.removed)
    yield from _all("counts", scan.counts.items())


def _dropped_pages(pages: PCollection, config: CorpusConfig) -> tuple[PCollection, PCollection]:
    """Duplicates as (file, page rows), and the counts of these and of pages that fail the rules."""
    newest = pages | "ByUrl" >> beam.GroupByKey() | "NewestOfUrl" >> beam.FlatMap(_newest, config)
    copies = (
        _only(newest, "kept")
        | "ByText" >> beam.GroupByKey()
        | "CopiesOfText" >> beam.FlatMap(_page_copies, config)
    )
    dropped = (_only(newest, "dropped"), _only(copies, "dropped"))
    counts = (_only(newest, "counts"), _only(copies, "counts"))
    return dropped | "DroppedPages" >> beam.Flatten(), counts | "PageCounts" >> beam.Flatten()


def _newest(group: tuple[int, Iterable[Rows]], config: CorpusConfig) -> Pairs:
    """Drops older versions; passes on the candidates among the others by their text."""
    pages = join(list(group[1]), PAGE)
    if config.drop_duplicate_urls:
        old = older_versions(pages)
        yield "counts", (("dropped", "duplicate_urls", "older"), int(old.sum()))
        yield from _all("dropped", by_file(_marked(pages[old], OLDER)))
        pages = pages[~old]
    yield from _all("counts", fault_counts(pages))
    yield from _all("kept", by_bucket(pages[pages["fault"] == 0], "text", config.hash_buckets))


def _page_copies(group: tuple[int, Iterable[Rows]], config: CorpusConfig) -> Pairs:
    """Drops pages whose text another page has."""
    if not config.drop_duplicate_pages:
        return
    pages = join(list(group[1]), PAGE)
    copied = copied_pages(pages)
    yield "counts", (("dropped", "duplicate_pages", "copy"), int(copied.sum()))
    yield from _all("dropped", by_file(_marked(pages[copied], COPY)))


def _marked(pages: Rows, kind: int) -> Rows:
    pages["fault"] = kind
    return pages


def _finish(group: tuple[int, dict[str, Iterable[Any]]], job: Job) -> Pairs:
    number, blocks = group
    pages = join(list(blocks["pages"]), PAGE)
    lines = np.unique(np.concatenate([np.empty(0, np.uint32), *blocks["lines"]]))
    started = time.monotonic()
    finished = finish_file(number, pages, lines, job.buckets, job.work, job.config)
    yield from _measure("finish", started, finished.by_earlier_run)
    yield beam_metrics.count("duplicate_pages_removed", len(pages))
    yield beam_metrics.count("duplicate_lines_removed", len(lines))
    for language, bucket, frame in finished.frames:
        yield "frames", ((language, bucket), frame)
    yield from _all("sizes", finished.sizes.items())
    yield from _all("removed", finished.removed)
    yield from _all("counts", finished.counts.items())


def _write(frames: PCollection, sizes: PCollection, job: Job) -> tuple[PCollection, PCollection]:
    """Writes all languages that have enough pages; the second output has the counts of these.

    The first has examples of the others, taken of a whole language at once: of each bucket they
    would be a good part of the text.
    """
    plans = sizes | "Plan" >> beam.FlatMap(_plans, job)
    placed = (
        {"plan": plans, "frames": frames}
        | "ByBucket" >> beam.CoGroupByKey()
        | "Place" >> beam.FlatMap(_place, job.buckets)
    )
    few = _only(placed, "few") | "FewByLanguage" >> beam.GroupByKey()
    shards = _only(placed, "placed") | "ByShard" >> beam.GroupByKey()
    return few | "FewPages" >> beam.FlatMap(_few_pages), (
        shards | "Write" >> beam.FlatMap(_write_shard, job)
    )


def _plans(size: tuple[str, LanguageSize], job: Job) -> Iterator[tuple[tuple[str, int], Plan]]:
    """A language's plan for each of its buckets, empty ones too: every shard is written."""
    if how := plan(size[1], job.buckets, job.config):
        for bucket in range(job.buckets):
            yield (size[0], bucket), how


def _place(group: tuple[tuple[str, int], dict[str, Iterable[Any]]], buckets: int) -> Pairs:
    (language, bucket), parts = group
    plans, frames = list(parts["plan"]), list(parts["frames"])
    for how in plans:
        yield "placed", ((language, bucket * how.shards // buckets), (how, frames))
    if not plans:
        yield "few", (language, frames)


def _few_pages(
    group: tuple[str, Iterable[list[Frame]]],
) -> list[tuple[RemovedKey, list[Example]]]:
    language, sample = group[0], Sample()
    for frame in itertools.chain.from_iterable(group[1]):
        for entry in read_frame(frame):
            page = json.loads(entry.line)
            sample.add("pages_per_language", "few_pages", page["url"], page["text"], language)
    return sample.examples()


def _write_shard(
    group: tuple[tuple[str, int], Iterable[tuple[Plan, list[Frame]]]], job: Job
) -> Pairs:
    (language, shard), placed = group
    plans, places = zip(*placed, strict=True)
    frames = [frame for some in places for frame in some]
    counts = write_shard(language, shard, plans[0], frames, job.folder, job.config)
    for name in _WRITTEN:
        amount = sum(n for key, n in counts.items() if key[3] == name)
        yield beam_metrics.observe(f"{name}_per_shard", amount)
    yield from _all("counts", counts.items())


def _save(sections: dict[str, PCollection], path: Path) -> None:
    rows = [made | f"Save {name}" >> beam.Map(_row, name) for name, made in sections.items()]
    _ = (
        rows
        | "AllRows" >> beam.Flatten()
        | "OneGroup" >> beam.GroupByKey()
        | "Save" >> beam.Map(_save_rows, list(sections), path)
    )


def _row(row: Any, section: str) -> tuple[int, tuple[str, Any]]:
    return 0, (section, row)


def _save_rows(
    group: tuple[int, Iterable[tuple[str, Any]]], sections: list[str], path: Path
) -> None:
    content: dict[str, list[Any]] = {section: [] for section in sections}
    for section, row in group[1]:
        content[section].append(row)
    folders.write_json(path, {section: sorted(rows) for section, rows in content.items()})
