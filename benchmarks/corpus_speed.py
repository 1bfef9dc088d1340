"""Speed of the corpus job, mC4's steps, against a bare loop and datatrove; all in turn, one table.

    python benchmarks/corpus_speed.py [--text FOLDER...] [--datatrove PYTHON] [--json FILE]
    python benchmarks/corpus_speed.py --scaling [--text FOLDER...]

The pages are made by `web_pages.py` from folders of `<code>.txt.xz` or `<code>.tsv.xz`, or from the
shipped sample. Every job is a process of its own, timed from its start to its end, Beam's start
included; a contestant's row has the median of its rounds. `--datatrove`: the Python of an
environment with datatrove (`datatrove_job.py`).

"others": cores that the rest of the machine used meanwhile. Where it is not about 0, seconds of
different rows cannot be compared: Linux shares the cores among login sessions first
(`sched_autogroup`), so that two workers then get hardly more of them than one.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import sentencepiece
import web_pages
import zstandard

from pipeline.corpus import documents
from pipeline.corpus.statistics import inspection
from pipeline.prepare import shard_writer, tokenizer_training
from pipeline.prepare.config import PrepareConfig

HERE = Path(__file__).parent
PAGES, FILES, SAMPLE_BYTES = 30_000, 4, 600
TOKEN_CHARACTERS, TRAINING_CHARACTERS, MOST_DOCUMENTS, BATCH = 8_000_000, 500_000, 5_000, 200
TOKEN_ROUNDS = 7
SCALES = (1, 4, 16)
SCALE_PAGES = 2_000  # of 1x, in one file
Run = tuple[float, float, float, float]  # seconds, CPU seconds, peak MB, cores of others


@dataclass(frozen=True)
class Row:
    """A row of a table."""

    name: str
    workers: int
    seconds: float
    megabytes_per_second: float  # of uncompressed records
    megabytes_per_cpu_second: float  # of all processes: what a loaded machine changes least
    peak_megabytes: float  # of the largest process
    others: float  # cores that other processes used meanwhile, the worst of the rounds


def timed(command: Sequence[str]) -> Run:
    """Seconds of a command, CPU seconds, and the peak memory of its largest process in MB.

    At last the cores that others used meanwhile.
    """
    started, busy = time.perf_counter(), busy_seconds()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command[:4])} ... failed:\n{errors.decode()[-2000:]}")
    seconds, cpu = time.perf_counter() - started, usage.ru_utime + usage.ru_stime
    others = max(0.0, busy_seconds() - busy - cpu) / seconds
    return seconds, cpu, usage.ru_maxrss / 1024, others


def busy_seconds() -> float:
    """CPU seconds of all processes of the machine since its start (Linux)."""
    user, nice, system = map(int, Path("/proc/stat").read_text().split(maxsplit=4)[1:4])
    return (user + nice + system) / os.sysconf("SC_CLK_TCK")


def job(output: Path, workers: int, files: Sequence[Path], *options: str) -> list[str]:
    """Our command, with mC4's rules; languages keep all their pages so that all are written."""
    command = [sys.executable, "-m", "pipeline.cli", "corpus", "--output", str(output)]
    command += ["--min-pages-per-language", "1", "--workers", str(workers), *options]
    return [*command, "--input", *map(str, files)]


def contestants(files: Sequence[Path], datatrove: str | None) -> dict[tuple[str, int], list[str]]:
    """Commands by name and workers; OUTPUT stands for a new folder."""
    output, names = Path("OUTPUT"), [str(path) for path in files]
    commands: dict[tuple[str, int], list[str]] = {}
    for workers in (1, 2):
        bare = [sys.executable, str(HERE / "bare_loop.py"), "OUTPUT", str(workers), *names]
        commands["bare loop", workers] = bare
        commands["mswitch", workers] = job(output, workers, files)
        sample = ("--identify-sample-bytes", str(SAMPLE_BYTES))
        commands["mswitch, sample", workers] = job(output, workers, files, *sample)
        if datatrove:
            theirs = [datatrove, str(HERE / "datatrove_job.py"), "OUTPUT", str(workers)]
            theirs.append(str(files[0].parent))
            commands["datatrove", workers] = theirs
    return commands


def compare(files: Sequence[Path], work: Path, rounds: int, datatrove: str | None) -> list[Row]:
    """All contestants in turn, round after round; the outputs of ours stay in `work`."""
    commands = contestants(files, datatrove)
    found: dict[tuple[str, int], list[Run]] = {key: [] for key in commands}
    for _ in range(rounds):
        for key, command in commands.items():
            output = work / f"{key[0]} {key[1]}".replace(" ", "-").replace(",", "")
            shutil.rmtree(output, ignore_errors=True)
            found[key].append(timed([word.replace("OUTPUT", str(output)) for word in command]))
            print(f"  {key[0]}, {key[1]}: {found[key][-1][0]:.1f} s", file=sys.stderr, flush=True)
            if not key[0].startswith("mswitch"):
                shutil.rmtree(output)
    size = web_pages.unpacked_bytes(files) / 1e6
    return [row(*key, size, runs) for key, runs in found.items()]


def row(name: str, workers: int, size: float, runs: Sequence[Run]) -> Row:
    """The medians of some runs over `size` MB."""
    seconds, cpu = (statistics.median(run[column] for run in runs) for column in (0, 1))
    peak, others = (max(run[column] for run in runs) for column in (2, 3))
    return Row(name, workers, seconds, size / seconds, size / cpu, peak, others)


def agreement(work: Path) -> str:
    """A line of text: pages whose language by the sample is that by the full page."""
    full, sample = (languages(work / f"{name}-1") for name in ("mswitch", "mswitch-sample"))
    pages = full.keys() | sample.keys()
    same = sum(full.get(url) == sample.get(url) for url in pages)
    return (
        f"same language by the sample ({SAMPLE_BYTES} bytes first) on {same:,} of {len(pages):,} "
        f"pages that either keeps: {same / len(pages):.2%}"
    )


def languages(corpus: Path) -> dict[str, str]:
    """The language of every document, by URL."""
    return {
        document["url"]: code
        for code in documents.languages(corpus)
        for path in documents.files(corpus, code)
        for document in documents.read_documents(path)
    }


def scaling(texts: web_pages.Texts, work: Path, rounds: int) -> list[Row]:
    """Our job, one worker, on 1x, 4x and 16x the pages; the start of Beam is measured apart."""
    pages, files = SCALE_PAGES * SCALES[-1], SCALES[-1]
    paths = web_pages.write_wet(work / "scaling", texts, pages, files)
    few_pages = web_pages.write_wet(work / "few-pages", texts, 20, 1)
    sizes = {"start": few_pages} | {f"{n}x": paths[:n] for n in SCALES}
    found: dict[str, list[Run]] = {name: [] for name in sizes}
    options = ("--identify-sample-bytes", str(SAMPLE_BYTES))
    for _ in range(rounds):
        for name, some in sizes.items():
            output = work / "scaled"
            found[name].append(timed(job(output, 1, some, *options)))
            print(f"  {name}: {found[name][-1][0]:.1f} s", file=sys.stderr, flush=True)
            shutil.rmtree(output)
    starts = found.pop("start")
    start = [statistics.median(run[column] for run in starts) for column in (0, 1)]
    print(f"start and end with 20 pages: {start[0]:.1f} s, {start[1]:.1f} CPU s, taken off below")
    rows = []
    for scale in SCALES:
        size = web_pages.unpacked_bytes(paths[:scale]) / 1e6
        runs = [(run[0] - start[0], run[1] - start[1], *run[2:]) for run in found[f"{scale}x"]]
        rows.append(row(f"{scale}x, without start", 1, size, runs))
    return rows


def tokens(corpus: Path, work: Path) -> list[Row]:
    """SentencePiece's own batch encode of texts in memory, to lists (its default) and to arrays,
    and binarize from file to file.

    Both on one core, so that threads make no difference.
    """
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    texts = [document["text"] for document in some_documents(corpus)]
    size = sum(len(text.encode()) for text in texts) / 1e6
    model = tokenizer_training.train(
        PrepareConfig(), "\n".join(texts)[:TRAINING_CHARACTERS].split("\n")
    )
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    source = work / "texts.jsonl.zst"
    lines = "".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts)
    source.write_bytes(zstandard.compress(lines.encode()))
    part = shard_writer.Part("train", "all", str(source), str(work / "shards" / "all"))
    own = {
        "SentencePiece, lists": processor.encode_as_ids,
        "SentencePiece, NumPy": processor.encode_as_numpy,
    }
    found: dict[str, list[Run]] = {name: [] for name in (*own, "binarize")}
    for _ in range(TOKEN_ROUNDS):
        for name, encode in own.items():
            started = now()
            for first in range(0, len(texts), BATCH):
                encode(texts[first : first + BATCH])
            found[name].append(since(*started))
        shutil.rmtree(work / "shards", ignore_errors=True)
        started = now()
        shard_writer.binarize(part, model, shard_writer.id_type(8000), 2**28)
        found["binarize"].append(since(*started))
    return [row(name, 1, size, runs) for name, runs in found.items()]


def now() -> tuple[float, float, float]:
    """Seconds, CPU seconds of this process and of all processes."""
    return time.perf_counter(), time.process_time(), busy_seconds()


def since(wall: float, cpu: float, busy: float) -> Run:
    """Time of a run that began at `now`, and the peak memory of the process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seconds, cpu_seconds, all_seconds = (
        end - start for end, start in zip(now(), (wall, cpu, busy), strict=True)
    )
    return seconds, cpu_seconds, peak, max(0.0, all_seconds - cpu_seconds) / seconds


def some_documents(corpus: Path) -> list[dict[str, Any]]:
    """The documents of every language in turn, until they have `TOKEN_CHARACTERS`."""
    chosen, characters = [], 0
    for document in inspection.look(corpus, None, None, MOST_DOCUMENTS):
        chosen.append(dict(document))
        characters += len(document["text"])
        if characters > TOKEN_CHARACTERS:
            break
    return chosen


def table(rows: Sequence[Row]) -> str:
    """The rows as text; ratios to the first row with as many workers."""
    head = f"{'job':22} {'workers':>7} {'seconds':>8} {'MB/s':>7} {'to first':>9}"
    lines = [f"{head} {'MB/CPU s':>9} {'to first':>9} {'peak MB':>8} {'others':>6}"]
    for each in rows:
        first = next(other for other in rows if other.workers == each.workers)
        ratio = each.megabytes_per_second / first.megabytes_per_second
        by_cpu = each.megabytes_per_cpu_second / first.megabytes_per_cpu_second
        lines.append(
            f"{each.name:22} {each.workers:>7} {each.seconds:>8.1f} "
            f"{each.megabytes_per_second:>7.2f} {ratio:>8.2f}x "
            f"{each.megabytes_per_cpu_second:>9.2f} {by_cpu:>8.2f}x {each.peak_megabytes:>8.0f} "
            f"{each.others:>6.2f}"
        )
    return "\n".join(lines)


def main() -> None:
    """Parse options, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--text", nargs="+", type=Path, default=[], help="folders of texts")
    parser.add_argument(
        "--datatrove", metavar="PYTHON", help="python of an environment with datatrove"
    )
    parser.add_argument("--pages", type=int, default=PAGES)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--scaling", action="store_true", help="instead: 1x, 4x and 16x the pages")
    parser.add_argument("--work", type=Path, help="folder in which pages and outputs stay")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the table as JSON too")
    arguments = parser.parse_args()
    texts = web_pages.read_texts(arguments.text)
    with tempfile.TemporaryDirectory() as temporary:
        work = arguments.work or Path(temporary)
        if arguments.scaling:
            tables = [scaling(texts, work, arguments.rounds)]
        else:
            files = web_pages.write_wet(work / "wet", texts, arguments.pages, FILES)
            tables = [compare(files, work, arguments.rounds, arguments.datatrove)]
            tables.append(tokens(work / "mswitch-1", work))
            print(f"{arguments.pages:,} pages in {FILES} files; {agreement(work)}\n")
        print("\n\n".join(table(rows) for rows in tables))
    if arguments.json:
        data = [asdict(row) for rows in tables for row in rows]
        arguments.json.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
