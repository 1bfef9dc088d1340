"""The process that trains.

fairseq runs in a process of its own (`python -m models.train`), so that its memory, its threads and
its GPUs are free again when it ends, and a crash there takes nothing else down.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from types import FrameType

from pipeline.stages.signals import die_with_parent

_NO_WARNINGS = ("-W", "ignore::UserWarning")  # hydra's, about fairseq's use of it


def run_process(module: str, arguments: Sequence[str]) -> None:
    """Run a module of `models` to its end; signals to us end it, and it never outlives us.

    It shows progress, warnings and errors; with LOGLEVEL=INFO in the environment, all of fairseq.
    Raises SystemExit with its exit code when it fails, which has then said why; KeyboardInterrupt.
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


def _fail(code: int) -> None:
    """Leave with the exit code of a training that failed; code 2 has already said why."""
    if code < 0:
        name = signal.Signals(-code).name
        print(f"error: training was ended by {name}; the same command continues", file=sys.stderr)
        sys.exit(128 - code)
    if code != 2:
        print(f"error: training failed with exit code {code}, see above", file=sys.stderr)
    sys.exit(code)
