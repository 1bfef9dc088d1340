"""Bins of the per-language step speed-ups, for the page's figure and for the plot."""

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

from pipeline.report.svg import ticks

BINS = 16  # about as many bins as the paper's Figure 8 has


@dataclass(frozen=True)
class Histogram:
    edges: list[float]  # one more than counts; a bin holds its lower edge
    counts: list[int]
    not_reached: int


def step_speedups(report: dict[str, Any]) -> Histogram:
    """Languages with a finite speed-up in equal bins with round edges; the others apart."""
    entries = report["languages"].values()
    known = [entry["step_speedup"] for entry in entries if entry["step_speedup"] is not None]
    edges = _edges(known)
    counts = [0] * (len(edges) - 1)
    for value in known:
        counts[bisect_right(edges, value) - 1] += 1
    return Histogram(edges, counts, report["summary"]["not_reached"])


def _edges(values: list[float]) -> list[float]:
    """Round steps up and down from 1× (no speed-up), around all values and not under 0."""
    low, high = min([*values, 1.0]), max([*values, 1.0])
    if high - low < 1e-6:
        high = low + 1.0
    inside = ticks(low, high, most=BINS)
    step = round(inside[1] - inside[0], 10)
    first, last = math.floor((low - 1) / step), math.floor((high - 1) / step + 1e-9) + 1
    return [max(0.0, round(1 + number * step, 10)) for number in range(first, last + 1)]
