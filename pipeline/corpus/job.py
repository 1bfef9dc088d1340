"""`mswitch corpus` as a stage: inputs -> a finished corpus folder."""

import json
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from langs import identify
from langs.errors import InputError
from models import cores
from pipeline.corpus import config as settings
from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.rules.judge import page_identifier
from pipeline.corpus.split import bucket_count
from pipeline.corpus.statistics import data_card, removed, unread
from pipeline.corpus.statistics.funnel import summarise
from pipeline.corpus.steps import worker_progress
from pipeline.files import sources
from pipeline.files.sources import InputFile
from pipeline.stages import folders
from pipeline.stages.progress import say
from pipeline.stages.quiet import quiet_logs
from pipeline.stages.settings import output_values

STATISTICS = "statistics.json"
TIMING = "timing.json"  # of the last run: the one file that differs from run to run
_WORK = "work"
_KEPT = (_WORK, "rejected")  # entries of an interrupted run that the next one goes on from
_WORK_FOLDERS = ("candidates", "rows", "lines", "scanned", "frames", "finished")
_PACKED = 4  # bytes of text in a byte of a packed file, about
_MANY_BYTES = 64 * 2**20  # input for which several processes pay


def make_corpus(
    inputs: Sequence[str],
    output: Path,
    config: CorpusConfig,
    workers: int = 0,
    beam_options: Sequence[str] = (),
) -> dict[str, Any]:
    """Make the corpus folder `output` from the files of `inputs` (`sources.find`).

    `workers`: processes on this machine; 0 = one for small inputs, else one a core. Returns the
    content of `statistics.json`; a folder that is complete is left as it is. Raises InputError for
    globs that match nothing, bad settings, an output made from something else, or when no page is
    left; OSErrors of the output as InputError or OSError.
    """
    settings.check(config)
    identify.check(config.identifier)
    if sources.is_remote(output):
        raise InputError(f"{output} must be a folder on this machine or one that it has mounted")
    files = sources.find(inputs, config.paths_prefix, beam_options)
    made_from = fingerprint(config, files)

    def work(folder: Path) -> dict[str, Any]:
        content = _run(files, folder, config, workers, beam_options)
        folders.write_json(folder / STATISTICS, content)
        folders.write_text(folder / data_card.NAME, data_card.text(folder, content, config))
        shutil.rmtree(folder / _WORK)
        return _summary(content)

    folders.made(output, made_from, work, title="corpus", keep=_KEPT)
    content: dict[str, Any] = json.loads((output / STATISTICS).read_text(encoding="utf-8"))
    _name_unread(content)
    return content


def fingerprint(config: CorpusConfig, files: Sequence[InputFile]) -> dict[str, Any]:
    """The fingerprint of a corpus of these files."""
    chosen = output_values(config) | identify.identity(config.identifier)
    files_of_settings = {str(path): path for path in settings.named_files(config)}
    return folders.fingerprint(chosen, {**sources.identities(files), **files_of_settings})


def worker_count(asked: int, size: int) -> int:
    """Number of processes for inputs of `size` bytes: `asked`, or by the size if that is 0."""
    return asked or (1 if size < _MANY_BYTES else cores.available())


def records(partial: Path, step: str) -> int:
    """Number of input files for which an unfinished job has done a step (scanned or finished)."""
    return len(list((partial / _WORK / step).glob("*.json")))


def _run(
    files: Sequence[InputFile],
    folder: Path,
    config: CorpusConfig,
    workers: int,
    beam_options: Sequence[str],
) -> dict[str, Any]:
    """Fill `folder` with documents and rejected records; returns the statistics."""
    with quiet_logs():
        from pipeline.corpus import graph  # here: Beam takes two seconds to import
        from pipeline.corpus.statistics import beam_metrics
        from pipeline.stages.beam import pipeline_options, run

    size = sum(file.size for file in files)
    options = pipeline_options(beam_options, worker_count(workers, size))
    work = folder / _WORK
    for path in (*(work / name for name in _WORK_FOLDERS), folder / "rejected"):
        path.mkdir(parents=True, exist_ok=True)
    (folder / "documents").mkdir()
    buckets = bucket_count(size * _PACKED, config.shard_bytes)
    job = graph.Job(config, folder, work, buckets)
    inputs = [(number, file.path) for number, file in enumerate(files)]
    say(f"corpus: {len(files)} files, {size / 1e6:,.1f} MB packed")
    started = time.monotonic()
    with worker_progress.display(work, len(files), size):
        run(options, lambda pipeline: graph.build(pipeline, inputs, job))
    _sweep(folder)
    content = summarise(*graph.read_counts(work), config)
    content["metrics"], own = beam_metrics.split(graph.read_metrics(work))
    timing = _timing(content, time.monotonic() - started) | own
    folders.write_json(folder / TIMING, timing)
    if not content["funnel"][-1]["pages_out"]:
        _name_unread(content)
        raise InputError(_nothing_left(content["funnel"]))
    examples = removed.masked(graph.read_removed(work), config)
    removed.write(folder, examples, page_identifier(config))
    return content


def _sweep(folder: Path) -> None:
    """Delete half-written files of killed workers that a cluster went on without."""
    for name in ("documents", "rejected"):
        for path in (folder / name).rglob(".*.tmp"):
            path.unlink()


def _timing(content: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    """Rates of the run, and a line on them for the user."""
    pages = content["funnel"][0]["pages_in"]
    text = content["metrics"]["distributions"]["text_bytes_per_file"]["sum"]
    say(
        f"corpus: {pages:,} pages, {text / 1e6:,.1f} MB of text in {seconds:.0f} s: "
        f"{pages / seconds:,.0f} pages/s, {text / 1e6 / seconds:.1f} MB/s"
    )
    return {
        "seconds": round(seconds, 3),
        "pages_per_second": round(pages / seconds, 1),
        "text_bytes_per_second": round(text / seconds),
    }


def _name_unread(content: Mapping[str, Any]) -> None:
    """Tell the user of each input file that gave no page."""
    for line in unread.lines(content.get("files_without_pages", ())):
        say(line)


def _nothing_left(funnel: Sequence[Mapping[str, Any]]) -> str:
    why = [
        f"{step['filter']} {sum(step['reasons'].values())} ({', '.join(step['reasons'])})"
        for step in funnel
        if step["reasons"]
    ]
    pages = funnel[0]["pages_in"]
    advice = "give other files, or smaller limits (--preset sample)"
    return f"no page is left of {pages}: {', '.join(why) or 'no page in the input'}; {advice}"


def _summary(content: Mapping[str, Any]) -> dict[str, Any]:
    funnel = content["funnel"]
    return {
        "pages_in": funnel[0]["pages_in"],
        "pages_out": funnel[-1]["pages_out"],
        "languages": len(content["languages"]),
        "rejected": content["rejected"]["records"],
    }
