"""How far the corpus job is: workers append to a file, a thread reads it and tells it on stderr.

Only workers on this machine can append; a cluster shows the progress on its own pages.
"""

import contextlib
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from pipeline.corpus.progress import every, say

FILE = "progress"
_EVERY_PAGES = 500
_SECONDS_BETWEEN_LINES = 5.0
_STEPS = {"scan": "reading", "finish": "identifying languages"}


class Reporter:
    """Counts the pages of one step in a worker."""

    def __init__(self, work: Path, step: str) -> None:
        self._path, self._step = work / FILE, step
        self._pages, self._began = 0, time.time()

    def add(self, pages: int = 1) -> None:
        """So many pages more are done."""
        self._pages += pages
        if self._pages >= _EVERY_PAGES:
            self._tell(0, 0)

    def file_done(self, kept: int = 0) -> None:
        """One more file is done; `kept` of its pages go on to the next step."""
        self._tell(1, kept)

    def _tell(self, files: int, kept: int) -> None:
        with contextlib.suppress(OSError), self._path.open("a", encoding="ascii") as stream:
            stream.write(f"{self._step} {self._began} {self._pages} {files} {kept}\n")  # one write
        self._pages = 0


@contextlib.contextmanager
def display(work: Path, files: int) -> Iterator[None]:
    """Tell the progress of `files` input files every 5 s until the block ends."""
    (work / FILE).touch()
    with (work / FILE).open(encoding="ascii") as stream:
        watch = _Watch(stream, files)
        with every(_SECONDS_BETWEEN_LINES, watch.tell):
            yield


class _Watch:
    """Adds up what the workers have told since the last time."""

    def __init__(self, stream: TextIO, files: int) -> None:
        self.stream, self.files = stream, files
        self.counts: Counter[str] = Counter()
        self.began: dict[str, float] = {}

    def tell(self) -> None:
        """Say how far the newest step is."""
        for line in self.stream:
            step, start, pages, done, kept = line.split()
            self.began[step] = min(self.began.get(step, float(start)), float(start))
            self.counts.update({step: int(pages), f"{step} files": int(done), "kept": int(kept)})
        if self.began:
            step = list(self.began)[-1]
            say(progress_line(step, self.counts, self.files, time.time() - self.began[step]))


def progress_line(step: str, counts: Counter[str], files: int, seconds: float) -> str:
    """One line on `step`, `seconds` after it began.

    `counts`: pages done by step, files done by "<step> files", and "kept", the pages to identify.
    """
    pages, done = counts[step], counts[f"{step} files"]
    rate = pages / max(seconds, 1e-9)
    text = f"corpus: {_STEPS[step]}: {pages:,} pages, {rate:,.0f} pages/s"
    if step == "scan":
        text += f", {done} of {files} files"
        left = seconds / done * (files - done) if done else 0
    else:
        left = (counts["kept"] - pages) / rate if rate else 0
    return text + (f", about {left:.0f} s left" if left > 0 else "")
