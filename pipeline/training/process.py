"""The process that trains.

fairseq runs in a process of its own (`python -m models.train`), so that its memory, its threads and
its GPUs are free again when it ends, and a crash there takes nothing else down.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from models.formats.run_folder import LAST_CHECKPOINT, METRICS
from pipeline.stages.signals import die_with_parent

_NO_WARNINGS = ("-W", "ignore::UserWarning")  # hydra's, about fairseq's use of it


def to_end(folder: Path, steps: int, arguments: Sequence[str]) -> None:
    """Train in a run folder by `models.train` and its arguments, unless it has had all its steps.

    Raises SystemExit with its exit code when training fails, which has then said why;
    KeyboardInterrupt.
    """
    if not _has_ended(folder, steps):
        run_process("models.train", arguments)


def run_process(module: str, arguments: Sequence[str]) -> None:
    """Run a module of `models` to its end; signals to us end it, and it never outlives us.

    It shows progress, warnings and errors; with LOGLEVEL=INFO in the environment, all of fairseq.
    Raises as `to_end` does.
    """
    received: list[int] = []
    command = [sys.executable, "-P", *_NO_WARNINGS, "-m", module, *arguments]
    child = subprocess.Popen(
        command,
        env={"LOGLEVEL": "WARNING", **os.environ},
        start_new_session=True,
        preexec_fn=die_with_parent,
    )

    def stop(number: int, frame: FrameType | None) -> None:
        received.append(number)
        child.terminate()  # checkpoints are written atomically, so nothing is half-done

    caught = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, stop) for number in caught}
    try:
        code = child.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if signal.SIGINT in received:
        raise KeyboardInterrupt
    if signal.SIGTERM in received:
        sys.exit(128 + signal.SIGTERM)
    if code:
        _fail(code)


def _has_ended(folder: Path, steps: int) -> bool:
    """True if training came to its last step and only our mark is missing.

    Starting it again would load everything only to end at once. The last line of metrics.jsonl is
    then the final validation, and the last checkpoint is newer than it.
    """
    metrics, checkpoint = folder / METRICS, folder / LAST_CHECKPOINT
    if not (metrics.exists() and checkpoint.exists()):
        return False
    lines = metrics.read_text(encoding="utf-8").splitlines()
    try:
        last = json.loads(lines[-1])
    except (IndexError, ValueError):
        return False
    newer = checkpoint.stat().st_mtime_ns >= metrics.stat().st_mtime_ns
    return newer and last["kind"] == "valid" and last["step"] == steps


def _fail(code: int) -> None:
    """Leave with the exit code of a training that failed; code 2 has already said why."""
    if code < 0:
        name = signal.Signals(-code).name
        print(f"error: training was ended by {name}; the same command continues", file=sys.stderr)
        sys.exit(128 - code)
    if code != 2:
        print(f"error: training failed with exit code {code}, see above", file=sys.stderr)
    sys.exit(code)
