"""Bins of the per-language step speed-ups, for the pages' figures and for the plots."""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.evaluate.report import Reach, Report
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


def histograms(report: Report) -> dict[str, Histogram]:
    """The step speed-ups of each model but the baseline, in bins that all of them share."""
    reaches = {
        name: {code: entry.models[name].gain.reach for code, entry in report.languages.items()}
        for name in report.others
    }
    bins = edges(list(reaches.values()))
    return {name: histogram(languages, bins) for name, languages in reaches.items()}


def histogram(languages: Mapping[str, Reach], bins: list[float]) -> Histogram:
    """Languages with a finite speed-up in bins; those not reached apart."""
    codes_by_bin: list[list[str]] = [[] for _ in bins[1:]]
    for code, reach in languages.items():
        if reach.step_speedup is not None:
            codes_by_bin[bisect_right(bins, reach.step_speedup) - 1].append(code)
    apart = [code for code, reach in languages.items() if reach.status == "not_reached"]
    return Histogram(bins, codes_by_bin, apart)


def edges(models: Sequence[Mapping[str, Reach]]) -> list[float]:
    """Equal bins with round edges up and down from 1× (no speed-up), around all values."""
    values = [
        reach.step_speedup
        for languages in models
        for reach in languages.values()
        if reach.step_speedup is not None
    ]
    low, high = min([*values, 1.0]), max([*values, 1.0])
    if high - low < 1e-6:
        high = low + 1.0
    inside = ticks(low, high, most=BINS)
    step = round(inside[1] - inside[0], 10)
    first, last = math.floor((low - 1) / step), math.floor((high - 1) / step + 1e-9) + 1
    return [max(0.0, round(1 + number * step, 10)) for number in range(first, last + 1)]
