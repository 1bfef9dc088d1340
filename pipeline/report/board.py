"""The gains of a report as TensorBoard scalars, to stand beside the curves of the runs."""

import math
import re
import time
from collections.abc import Iterator
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from pipeline.evaluate.report import Report
from pipeline.evaluate.speedup import Point, speedup
from pipeline.evaluate.summary import over_languages
from pipeline.report.runs.curves import Curves, curves

_OVER_LANGUAGES = ("mean_gain", "share_better", "mean_step_speedup")

Scalars = dict[str, float]


class Board:
    """A TensorBoard folder with one subfolder for each model but the baseline."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writers: dict[str, EventFileWriter] = {}
        self._written: dict[str, float] = {}  # the last step of each model

    def add(self, report: Report) -> None:
        """Write the gains at those steps of a report that are not on the board yet."""
        report_curves = curves(report)
        for model, name in enumerate(report_curves.names[1:], start=1):
            for step, scalars in gains(
                report_curves, model, after=self._written.get(name, -math.inf)
            ):
                self._write(name, step, scalars)
                self._written[name] = step
        for writer in self._writers.values():
            writer.flush()

    def _write(self, name: str, step: float, scalars: Scalars) -> None:
        if name not in self._writers:
            place = re.sub(r"[^\w.=+-]+", "_", name)
            self._writers[name] = EventFileWriter(str(self._folder / place))
            start = SessionLog(
                status=SessionLog.START
            )  # earlier boards' points, from step 0 on, go
            self._writers[name].add_event(Event(wall_time=time.time(), step=0, session_log=start))
        values = [Summary.Value(tag=tag, simple_value=value) for tag, value in scalars.items()]
        event = Event(wall_time=time.time(), step=int(step), summary=Summary(value=values))
        self._writers[name].add_event(event)


def gains(report_curves: Curves, model: int, after: float) -> Iterator[tuple[float, Scalars]]:
    """(step, scalars) of one model at every step above `after` that the baseline has too.

    `gain/LANGUAGE` (nats per piece), and over these languages `summary/mean_gain`,
    `summary/share_better` and `summary/mean_step_speedup`, as if both had ended at that step.
    """
    pairs = {
        code: (report_curves.points(code, 0), report_curves.points(code, model))
        for code in report_curves.languages
    }
    shared = set(report_curves.costs[0].steps).intersection(report_curves.costs[model].steps)
    for step in sorted(step for step in shared if step > after):
        cut = {code: [_until(step, curve) for curve in pair] for code, pair in pairs.items()}
        ends = {
            code: pair for code, pair in cut.items() if all(_ends_at(step, point) for point in pair)
        }
        if ends:
            yield step, _scalars(ends)


def _scalars(curve_pairs: dict[str, list[list[Point]]]) -> Scalars:
    gained = {
        code: model[-1].neg_log_perplexity - baseline[-1].neg_log_perplexity
        for code, (baseline, model) in curve_pairs.items()
    }
    speedups = [speedup(baseline, model) for baseline, model in curve_pairs.values()]
    summary = over_languages(list(gained.values()), speedups)
    shown = {f"summary/{key}": getattr(summary, key) for key in _OVER_LANGUAGES}
    scalars = {f"gain/{code}": value for code, value in gained.items()} | shown
    return {tag: value for tag, value in scalars.items() if value is not None}


def _until(step: float, curve: list[Point]) -> list[Point]:
    return [point for point in curve if point.cost.steps <= step]


def _ends_at(step: float, curve: list[Point]) -> bool:
    return bool(curve) and curve[-1].cost.steps == step
