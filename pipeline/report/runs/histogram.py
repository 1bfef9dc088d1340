"""Bins of the per-language step speed-ups, for the pages' figures and for the plots."""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.show.svg import ticks

BINS = 16  # about as many bins as the paper's Figure 8 has


@dataclass(frozen=True)
class Histogram:
    edges: list[float]  # one more than bins; a bin holds its lower edge
    languages: list[list[str]]  # codes of each bin
    not_reached: list[str]

    @property
    def counts(self) -> list[int]:
        return [len(codes) for codes in self.languages]


def step_speedups(report: dict[str, Any]) -> Histogram:
    """Of a report of two runs."""
    return histogram(report["languages"], edges([report["languages"]]))


def histogram(languages: Mapping[str, Mapping[str, Any]], bins: list[float]) -> Histogram:
    """Languages with a finite speed-up in bins; those not reached apart."""
    found: list[list[str]] = [[] for _ in bins[1:]]
    for code, entry in languages.items():
        if entry["step_speedup"] is not None:
            found[bisect_right(bins, entry["step_speedup"]) - 1].append(code)
    apart = [code for code, entry in languages.items() if entry["status"] == "not_reached"]
    return Histogram(bins, found, apart)


def edges(models: Sequence[Mapping[str, Mapping[str, Any]]]) -> list[float]:
    """Equal bins with round edges up and down from 1× (no speed-up), around all values."""
    values = [
        entry["step_speedup"]
        for languages in models
        for entry in languages.values()
        if entry["step_speedup"] is not None
    ]
    low, high = min([*values, 1.0]), max([*values, 1.0])
    if high - low < 1e-6:
        high = low + 1.0
    inside = ticks(low, high, most=BINS)
    step = round(inside[1] - inside[0], 10)
    first, last = math.floor((low - 1) / step), math.floor((high - 1) / step + 1e-9) + 1
    return [max(0.0, round(1 + number * step, 10)) for number in range(first, last + 1)]
