"""The progress of a translation, as one line on stderr."""

import sys
import time

from pipeline.show.numbers import duration

_SECONDS_ON_TERMINAL, _SECONDS_IN_FILE = 0.5, 10.0


class Progress:
    """Lines and tokens so far; on a terminal one line that changes, else a new one now and then."""

    def __init__(self, total: int | None, shown: bool = True) -> None:
        """total: the number of lines, None if it is unknown."""
        self.shown, self.total, self.lines, self.tokens = shown, total, 0, 0
        self.started = self.told = time.monotonic()
        self.terminal = sys.stderr.isatty()
        self.pause = _SECONDS_ON_TERMINAL if self.terminal else _SECONDS_IN_FILE

    def tell(self, lines: int, tokens: int) -> None:
        """Count lines and tokens that were translated since the last call."""
        self.lines += lines
        self.tokens += tokens
        now = time.monotonic()
        if now - self.told >= self.pause:
            self.told = now
            self._show("" if self.terminal else "\n")

    def end(self) -> None:
        """Show the totals."""
        self._show("\n")

    def _show(self, ending: str) -> None:
        if not self.shown:
            return
        start = "\r\x1b[K" if self.terminal else ""
        text = status(self.lines, self.tokens, self.total, time.monotonic() - self.started)
        print(f"{start}{text}", end=ending, file=sys.stderr, flush=True)


def status(lines: int, tokens: int, total: int | None, seconds: float) -> str:
    """The lines that are done, the speed, and the time that remains or was needed."""
    rate = lines / max(seconds, 1e-9)
    done = f"{lines:,} lines" if total is None else f"{lines:,} of {total:,} lines"
    speed = f"{rate:,.1f} lines/s, {tokens / max(seconds, 1e-9):,.0f} tokens/s"
    if total is None or lines >= total or not rate:
        return f"{done}, {speed}, {duration(seconds)}"
    return f"{done}, {speed}, {duration((total - lines) / rate)} left"
