"""`mswitch corpus --dry-run`: what the job would do, and about how long it would take.

Nothing is written: some pages of some files go through the rules and the identifier in memory.
"""

import dataclasses
import io
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from langs import identify
from langs.errors import InputError
from pipeline.corpus import config as settings
from pipeline.corpus import job
from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.duplicates.hashes import PAGE
from pipeline.corpus.pages.reader import read_pages
from pipeline.corpus.pages.web_page import Page
from pipeline.corpus.steps.finish import Finisher
from pipeline.corpus.steps.scan import Scanner
from pipeline.corpus.steps.worker_progress import Reporter
from pipeline.files import sources
from pipeline.files.sources import InputFile, open_input
from pipeline.stages import folders

_FILES_SHOWN = 10
_FILES_TRIED = 5
_SECONDS_A_FILE = 0.6
_START_SECONDS = 4  # of Beam, with its workers
_REST = 1.25  # the whole job to the parts that are tried: hashes compared, shards packed


@dataclass(frozen=True)
class Trial:
    """Some pages of the input, put through the rules."""

    files: int
    pages: int
    kept: int
    bytes: int  # of the input files
    seconds: float


def rehearse(
    inputs: Sequence[str],
    output: Path,
    config: CorpusConfig,
    workers: int = 0,
    beam_options: Sequence[str] = (),
) -> str:
    """Text that says what `job.make_corpus` would do with the same arguments.

    Raises InputError as that does before it starts.
    """
    settings.check(config)
    identify.check(config.identifier)
    files = sources.find(inputs, config.paths_prefix, beam_options)
    sizes = [file.size for file in files]
    made_from = job.fingerprint(config, files)
    lines = [
        "dry run: nothing is written",
        f"input: {len(files):,} files, {_megabytes(sum(sizes))}",
    ]
    lines += [f"  {_megabytes(size):>12}  {path}" for size, path in _shown(sizes, files)]
    if len(files) > _FILES_SHOWN:
        lines.append(f"  and {len(files) - _FILES_SHOWN:,} more")
    lines += ["settings:", *(f"  {line}" for line in _settings(config))]
    if folders.is_complete(output, made_from):
        return "\n".join([*lines, f"output: {output} is complete, nothing to do"])
    read, done, state = _state(output, made_from, len(files))
    lines.append(f"output: {output}: {state}")
    count = job.worker_count(workers, sum(sizes))
    return "\n".join([*lines, _estimate(_try(files, config), sum(sizes), count, read, done)])


def _shown(sizes: Sequence[int], files: Sequence[InputFile]) -> Iterator[tuple[int, str]]:
    for size, file in zip(sizes[:_FILES_SHOWN], files[:_FILES_SHOWN], strict=True):
        yield size, file.path


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


def _settings(config: CorpusConfig) -> Iterator[str]:
    published = settings.preset("mc4")
    for field in dataclasses.fields(config):
        value, usual = getattr(config, field.name), getattr(published, field.name)
        note = "" if value == usual else f"   (mc4: {json.dumps(usual)})"
        yield f"{field.name}: {json.dumps(value, ensure_ascii=False)}{note}"


def _state(output: Path, made_from: dict[str, object], files: int) -> tuple[float, float, str]:
    """The shares of the files that were read and that have their documents, and words on it."""
    partial = output.resolve().with_name(output.resolve().name + ".partial")
    if not partial.exists():
        return 0, 0, "it is to be made"
    if folders.started_from(partial / folders.STARTED) != made_from:
        return 0, 0, f"{partial} is from other settings or inputs, it would be deleted"
    read, done = (job.records(partial, step) for step in ("scanned", "finished"))
    words = f"half done: {read} of {files} files are read, {done} have their documents"
    return read / files, done / files, f"{words}; it would go on there"


def _try(files: Sequence[InputFile], config: CorpusConfig) -> Trial:
    """Put the first pages of files from all over the input through the rules."""
    chosen = sorted({round(n) for n in np.linspace(0, len(files) - 1, _FILES_TRIED)})
    trials = [_try_file(files[number], config) for number in chosen]
    columns = [dataclasses.astuple(trial) for trial in trials]
    files_tried, pages, kept, size, seconds = (sum(column) for column in zip(*columns, strict=True))
    return Trial(files_tried, pages, kept, size, seconds)


def _try_file(file: InputFile, config: CorpusConfig) -> Trial:
    pages = kept = 0
    scanner = Scanner(0, config, Reporter(None, "scan"), io.BytesIO(), io.BytesIO())
    finisher = Finisher(config, np.empty(0, PAGE), np.empty(0, np.uint32))
    started = time.perf_counter()
    with open_input(file.path) as stream:
        for page in read_pages(stream, file.path, config):
            if isinstance(page, Page):
                pages += 1
                candidate = scanner.examine(page)
                kept += bool(candidate and finisher.document(candidate))
            if time.perf_counter() - started > _SECONDS_A_FILE:
                break
        return Trial(1, pages, kept, stream.tell(), time.perf_counter() - started)


def _estimate(trial: Trial, size: int, workers: int, read: float, done: float) -> str:
    if not trial.pages:
        raise InputError("no page could be read from the files tried; look at --input")
    share = 1 - (read + 3 * done) / 4  # identifying takes about three quarters
    work = trial.seconds / trial.bytes * size * _REST * share
    seconds = _START_SECONDS + work / workers
    return (
        f"estimate: {_duration(seconds)} with {workers} workers (tried: {trial.pages:,} pages of "
        f"{trial.files} files; {trial.kept / trial.pages:.0%} of them pass the rules, before "
        "duplicates and small languages go)"
    )


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
