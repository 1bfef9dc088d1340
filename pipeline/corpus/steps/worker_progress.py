"""Progress of the corpus job: workers append to a file, a thread shows its sums on stderr.

Only workers on this machine can append; a cluster shows the progress on its own pages.
"""

import contextlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from pipeline.stages.progress import every, say

FILE = "progress"
_EVERY_PAGES = 500
_SECONDS_BETWEEN_LINES = 5.0
_STEPS = {"scan": "reading", "finish": "identifying languages"}


class Reporter:
    """Counts what is done of one step and input file, in a worker; without a folder for nobody."""

    position: Callable[[], int] | None = None  # how many bytes of the input file have been read

    def __init__(self, work: Path | None, step: str) -> None:
        self._path = work / FILE if work else None
        self._step, self._began = step, time.time()
        self._pages = self._bytes = self._read = 0

    def add(self, text_bytes: int) -> None:
        """One page more is done."""
        self._pages += 1
        self._bytes += text_bytes
        if self._pages >= _EVERY_PAGES:
            self._tell()

    def file_done(self, kept: int = 0) -> None:
        """The file is done; `kept` of its pages go on to the next step."""
        self._tell(files=1, kept=kept)

    def file_kept(self, size: int = 0, kept: int = 0) -> None:
        """The file, of `size` bytes, was done by an earlier run; `kept` as above."""
        self._tell(files=1, kept=kept, skipped=size)

    def _tell(self, **amounts: int) -> None:
        if not self._path:
            return
        position = self.position() if self.position else 0
        amounts |= {"pages": self._pages, "bytes": self._bytes, "read": position - self._read}
        line = f"{self._step} {self._began} {json.dumps(amounts)}\n"
        with contextlib.suppress(OSError), self._path.open("a", encoding="ascii") as stream:
            stream.write(line)  # in one write
        self._pages = self._bytes = 0
        self._read = position


@contextlib.contextmanager
def display(work: Path, files: int, size: int) -> Iterator[None]:
    """Tell the progress of `files` input files, `size` bytes, every 5 s until the block ends."""
    (work / FILE).write_text("")
    with (work / FILE).open(encoding="ascii") as stream:
        watch = _Watch(stream, files, size)
        with every(_SECONDS_BETWEEN_LINES, watch.tell):
            yield


class _Watch:
    """Adds up what the workers have told since the last time."""

    def __init__(self, stream: TextIO, files: int, size: int) -> None:
        self.stream, self.files, self.size = stream, files, size
        self.done: dict[str, Counter[str]] = {}
        self.began: dict[str, float] = {}

    def tell(self) -> None:
        """Say how far the newest step is."""
        for line in self.stream:
            step, start, amounts = line.split(maxsplit=2)
            self.began[step] = min(self.began.get(step, float(start)), float(start))
            self.done.setdefault(step, Counter()).update(json.loads(amounts))
        if self.began:
            step = list(self.began)[-1]
            share = self._share(step)
            seconds = time.time() - self.began[step]
            say(progress_line(step, self.done[step], self.files, share, seconds))

    def _share(self, step: str) -> float:
        """Fraction of this run's work in a step that is done, 0 to 1."""
        done = self.done[step]
        if step == "scan":
            return done["read"] / max(1, self.size - done["skipped"])
        return done["pages"] / max(1, self.done.get("scan", Counter())["kept"])


def progress_line(step: str, done: Counter[str], files: int, share: float, seconds: float) -> str:
    """One line on `step`, `seconds` after it began.

    `done`: pages, bytes (of their text) and files so far; `share`: of the whole step, 0 to 1.
    """
    pages, megabytes = done["pages"] / max(seconds, 1e-9), done["bytes"] / max(seconds, 1e-9) / 1e6
    text = (
        f"corpus: {_STEPS[step]}: {done['files']} of {files} files, {done['pages']:,} pages, "
        f"{pages:,.0f} pages/s, {megabytes:.1f} MB/s"
    )
    left = seconds / share - seconds if 0 < share < 1 else 0
    return text + (f", about {left:.0f} s left" if left > 0 else "")
