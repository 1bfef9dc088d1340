"""A stage of a run in a process of its own: `python -m pipeline.run.stage NAME < config.yaml`.

So its memory is free again when it ends, and it has threads and GPUs of its own. What it says goes
into a log file, which the run reads as it grows.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipeline.run import plan
from pipeline.run.config import load
from pipeline.run.step import Step
from pipeline.stages import error_lines
from pipeline.stages.signals import die_with_parent

_ERROR = "error: "
_CONFIG = Path("/dev/stdin")


class Stage:
    """A step that a process works on. It is told to end, and waited for, as a Popen is."""

    def __init__(self, step: Step, config: str, log: Path, environment: Mapping[str, str]) -> None:
        """Start the process; what it says is added to the file `log`. `config`: as YAML."""
        self.step, self.log = step, log
        self.error = ""  # the line in which it said why it failed
        self._marked, self._begun = step.marked(), time.monotonic()
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as stream:
            heading = f"{time.strftime('%Y-%m-%d %H:%M:%S')}  {step.title}\n"
            stream.write(heading.encode())
            stream.flush()
            self._read = stream.tell()  # bytes of the log
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", __name__, step.name],
                stdin=subprocess.PIPE,
                stdout=stream,
                stderr=stream,
                env=environment,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        self._configure(config)

    def _configure(self, config: str) -> None:
        assert self._process.stdin
        with contextlib.suppress(BrokenPipeError), self._process.stdin as stream:
            stream.write(config.encode())  # one that has ended already says why in its log

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self._begun

    @property
    def made(self) -> bool:
        """Whether its folder has become complete since it began."""
        return self.step.marked() != self._marked

    def said(self) -> Iterator[str]:
        """The lines that it has said since the last call, but for one that tells an error."""
        has_ended = self.poll() is not None  # asked first: all of its log is there then
        with self.log.open("rb") as stream:
            stream.seek(self._read)
            lines = stream.readlines()
        if lines and not lines[-1].endswith(b"\n") and not has_ended:
            lines.pop()  # the rest of it comes later
        for line in lines:
            self._read += len(line)
            text = line.decode(errors="replace").rstrip("\r\n").rpartition("\r")[2]
            if text.startswith(_ERROR):
                self.error = text.removeprefix(_ERROR)
            else:
                yield text

    def poll(self) -> int | None:
        """The exit code, None before the end."""
        return self._process.poll()

    def terminate(self) -> None:
        """Ask it to end; all stages are written so that they can be ended at any moment."""
        self._process.terminate()

    def kill(self) -> None:
        """End it, and the processes that it started, at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the exit code. Raises subprocess.TimeoutExpired after so many seconds."""
        return self._process.wait(timeout)


def main() -> int:
    """Do the step that the command line names, of the configuration on standard input."""
    return error_lines.exit_code(lambda: _perform(sys.argv[1]))


def _perform(name: str) -> None:
    steps = {step.name: step for step in plan.steps(load(_CONFIG))}
    steps[name].work()


if __name__ == "__main__":
    sys.exit(main())
