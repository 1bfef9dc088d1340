"""Speed of the corpus job, mC4's steps, against a bare loop and datatrove; all in turn, one table.

    python benchmarks/corpus_speed.py [--text FOLDER...] [--datatrove PYTHON] [--json FILE]
    python benchmarks/corpus_speed.py --scaling [--text FOLDER...]

The pages are made by `web_pages.py` from folders of `<code>.txt.xz` or `<code>.tsv.xz`, or from the
shipped sample. Every job is a process of its own, timed from its start to its end, Beam's start
included; a contestant's row has the median of its rounds. `--datatrove`: the Python of an
environment with datatrove (`datatrove_job.py`).
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import web_pages

from pipeline.corpus import documents

HERE = Path(__file__).parent
PAGES, FILES, SAMPLE_BYTES = 30_000, 4, 600
SCALES = (1, 4, 16)
SCALE_PAGES = 7_500  # of 1x, in one file


@dataclass(frozen=True)
class Row:
    """One line of a table."""

    name: str
    workers: int
    seconds: float
    megabytes_per_second: float  # of uncompressed records
    peak_megabytes: float  # of the largest process


def timed(command: Sequence[str]) -> tuple[float, float]:
    """Seconds of a command and the peak memory of its largest process, in MB."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command[:4])} ... failed:\n{errors.decode()[-2000:]}")
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def job(output: Path, workers: int, files: Sequence[Path], *options: str) -> list[str]:
    """Our command, with mC4's rules; languages keep all their pages so that all are written."""
    command = [sys.executable, "-m", "pipeline.cli", "corpus", "--output", str(output)]
    command += ["--min-pages-per-language", "1", "--workers", str(workers), *options]
    return [*command, "--input", *map(str, files)]


def contestants(files: Sequence[Path], datatrove: str | None) -> dict[tuple[str, int], list[str]]:
    """Commands by name and workers; OUTPUT stands for a folder that is not there."""
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
            commands["datatrove, no libmagic", workers] = [*theirs, "--without-libmagic"]
            commands["datatrove", workers] = theirs
    return commands


def compare(files: Sequence[Path], work: Path, rounds: int, datatrove: str | None) -> list[Row]:
    """All contestants in turn, round after round; the outputs of ours stay in `work`."""
    commands = contestants(files, datatrove)
    found: dict[tuple[str, int], list[tuple[float, float]]] = {key: [] for key in commands}
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


def row(name: str, workers: int, size: float, runs: Sequence[tuple[float, float]]) -> Row:
    """The medians of some runs over `size` MB."""
    seconds = statistics.median(run[0] for run in runs)
    return Row(name, workers, seconds, size / seconds, max(run[1] for run in runs))


def agreement(work: Path) -> str:
    """How many pages have the same language by the sample as by the full page."""
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
    sizes = {"start (20 pages)": few_pages} | {f"{n}x": paths[:n] for n in SCALES}
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in sizes}
    options = ("--identify-sample-bytes", str(SAMPLE_BYTES))
    for _ in range(rounds):
        for name, some in sizes.items():
            output = work / "scaled"
            found[name].append(timed(job(output, 1, some, *options)))
            print(f"  {name}: {found[name][-1][0]:.1f} s", file=sys.stderr, flush=True)
            shutil.rmtree(output)
    start = statistics.median(run[0] for run in found["start (20 pages)"])
    rows = []
    for name, some in sizes.items():
        size = web_pages.unpacked_bytes(some) / 1e6
        made = row(name, 1, size, found[name])
        rest = made.seconds - (start if name.endswith("x") else 0)
        rows.append(Row(name, 1, rest, size / rest, made.peak_megabytes))
    return rows


def table(rows: Sequence[Row]) -> str:
    """The rows as text; a ratio to the first row with as many workers."""
    lines = [
        f"{'job':26} {'workers':>7} {'seconds':>8} {'MB/s':>7} {'to first':>9} {'peak MB':>8}",
    ]
    for each in rows:
        first = next(other for other in rows if other.workers == each.workers)
        ratio = each.megabytes_per_second / first.megabytes_per_second
        lines.append(
            f"{each.name:26} {each.workers:>7} {each.seconds:>8.1f} "
            f"{each.megabytes_per_second:>7.2f} {ratio:>8.2f}x {each.peak_megabytes:>8.0f}"
        )
    return "\n".join(lines)


def main() -> None:
    """Parse options, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--text", nargs="+", type=Path, default=[], help="folders of texts")
    parser.add_argument("--datatrove", metavar="PYTHON", help="of datatrove's environment")
    parser.add_argument("--pages", type=int, default=PAGES)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--scaling", action="store_true", help="1x, 4x, 16x the pages instead")
    parser.add_argument("--work", type=Path, help="where pages and outputs go (and stay)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the table as JSON too")
    arguments = parser.parse_args()
    texts = web_pages.read_texts(arguments.text)
    with tempfile.TemporaryDirectory() as temporary:
        work = arguments.work or Path(temporary)
        if arguments.scaling:
            rows = scaling(texts, work, arguments.rounds)
        else:
            files = web_pages.write_wet(work / "wet", texts, arguments.pages, FILES)
            size = web_pages.unpacked_bytes(files) / 1e6
            rows = compare(files, work, arguments.rounds, arguments.datatrove)
            print(f"{arguments.pages:,} pages, {size:.0f} MB in {FILES} files")
            print(agreement(work))
        print(table(rows))
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")


if __name__ == "__main__":
    main()
