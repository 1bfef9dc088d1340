"""What a second worker gains the corpus job, told by processor time, which load changes little.

    python benchmarks/corpus_workers.py FILE... [--rounds N] [--full]

One worker and two in turn on the same files. "path": CPU seconds of the main process and of its
busiest worker, about the seconds of the job where every process has a core for itself.
"""

import argparse
import contextlib
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
from corpus_speed import SAMPLE_BYTES, job

SECONDS_BETWEEN_LOOKS = 0.05


def cpu_seconds(command: Sequence[str]) -> tuple[float, list[float]]:
    """CPU seconds of a command's process, and of those that it started, as last seen."""
    main = psutil.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seen: dict[int, float] = {}
    while main.poll() is None:
        with contextlib.suppress(psutil.Error):  # a process that ends meanwhile
            for process in [main, *main.children(recursive=True)]:
                seen[process.pid] = sum(process.cpu_times()[:2])
        time.sleep(SECONDS_BETWEEN_LOOKS)
    if main.returncode:
        raise SystemExit(f"{' '.join(command)} failed")
    return seen.pop(main.pid), sorted(seen.values(), reverse=True)


def main() -> None:
    """Parse options, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument(
        "--full", action="store_true", help="let cld3 read whole pages, not a sample"
    )
    arguments = parser.parse_args()
    options = [] if arguments.full else ["--identify-sample-bytes", str(SAMPLE_BYTES)]
    paths: dict[int, list[float]] = {1: [], 2: []}
    print(f"{'workers':>7} {'seconds':>8} {'main':>6} {'of each worker':>16} {'path':>6}")
    for _ in range(arguments.rounds):
        for workers, found in paths.items():
            with tempfile.TemporaryDirectory() as folder:
                started = time.perf_counter()
                own, others = cpu_seconds(
                    job(Path(folder) / "corpus", workers, arguments.files, *options)
                )
                seconds = time.perf_counter() - started
            of_workers = others[:workers] if workers > 1 else []  # the rest are shells
            found.append(own + max(of_workers, default=0.0))
            each = ", ".join(f"{cpu:.2f}" for cpu in of_workers)
            print(f"{workers:>7} {seconds:>8.1f} {own:>6.2f} {each:>16} {found[-1]:>6.2f}")
    one, two = (statistics.median(found) for found in paths.values())
    print(f"two workers to one, by the path: {one / two:.2f}x")


if __name__ == "__main__":
    main()
