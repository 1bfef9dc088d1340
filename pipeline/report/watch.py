"""The report of runs that are going on: built again as their metrics grow, until all have ended."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from pipeline.evaluate.report import Report
from pipeline.evaluate.runs.completion import is_complete
from pipeline.evaluate.runs.metrics import FILE_NAME, NotYetError
from pipeline.report.board import Board
from pipeline.report.runs.curves import curves
from pipeline.stages.progress import say


def watch(
    runs: Sequence[Path], build: Callable[[], Report], board: Board, seconds: float
) -> Report | None:
    """Call `build` whenever metrics have grown; the last report once all runs have ended.

    The board gets the gains of every report. Ctrl-C ends the watch: the report so far, None if
    there is none. InputErrors of `build` pass up, but for NotYetError: that is waited for.
    """
    watched = _Watch(build, board)
    seen: list[int] = []
    try:
        while True:
            ended = all(is_complete(run) for run in runs)
            before, seen = seen, [_size(run) for run in runs]
            if seen != before:
                watched.build(ended)
            if ended:
                return watched.report
            time.sleep(seconds)
    except KeyboardInterrupt:
        say("stopped; the same command watches on")
        return watched.report


class _Watch:
    """The report as it is now, and what was said last."""

    def __init__(self, build: Callable[[], Report], board: Board) -> None:
        self.report: Report | None = None
        self._build = build
        self._board = board
        self._said = ""

    def build(self, ended: bool) -> None:
        try:
            self.report = self._build()
        except NotYetError as reason:
            if ended:
                raise
            self._tell(f"waiting: {reason}")
            return
        self._board.add(self.report)
        report_curves = curves(self.report)
        steps = [f"{costs.steps[-1]:,g}" for costs in report_curves.costs]
        places = ", ".join(" ".join(pair) for pair in zip(report_curves.names, steps, strict=True))
        self._tell(f"report built; steps: {places}")

    def _tell(self, message: str) -> None:
        if message != self._said:
            say(f"{datetime.now():%H:%M:%S} {message}")
        self._said = message


def _size(run: Path) -> int:
    metrics = run / FILE_NAME
    return metrics.stat().st_size if metrics.is_file() else 0
