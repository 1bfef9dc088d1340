"""95 % intervals over seeds, by the jackknife of two independent samples.

Every figure of a comparison is a function of two groups of runs. Leaving out one run at a time
says how much the figure depends on it; for a difference of means that is exactly Welch's interval
(Efron and Tibshirani, An Introduction to the Bootstrap, chapter 11; Welch 1947 for the degrees of
freedom), and the same holds to first order for every other figure.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import TypeVar

from scipy.special import stdtrit

from pipeline.evaluate.report import Interval

CONFIDENCE = 0.95

Key = TypeVar("Key")
Item = TypeVar("Item")
Figures = Mapping[Key, float | None]


def over_seeds(
    baseline: Sequence[Item],
    model: Sequence[Item],
    figures: Callable[[Sequence[Item], Sequence[Item]], Figures[Key]],
) -> dict[Key, Interval]:
    """The interval of each of `figures(baseline, model)` that has one.

    None without two runs on both sides. A figure has no interval where it is None with any run
    left out (such as a speed-up that one seed decides on), or where it depends on none of them.
    """
    if min(len(baseline), len(model)) < 2:
        return {}
    whole = figures(baseline, model)
    sides = (
        [figures(_without(baseline, i), model) for i in range(len(baseline))],
        [figures(baseline, _without(model, i)) for i in range(len(model))],
    )
    intervals = {key: _interval(value, key, sides) for key, value in whole.items()}
    return {key: interval for key, interval in intervals.items() if interval is not None}


def significant(interval: Interval | None) -> int | None:
    """Of a gain 1: better, -1: worse, 0: the interval holds 0; None: there is no interval."""
    if interval is None:
        return None
    low, high = interval
    return (low > 0) - (high < 0)


def significant_counts(intervals: Sequence[Interval | None]) -> tuple[int | None, int | None]:
    """How many gains are significantly better, and worse; None where none has an interval."""
    marks = [significant(interval) for interval in intervals if interval is not None]
    return (marks.count(1), marks.count(-1)) if marks else (None, None)


def chosen(
    intervals: Mapping[tuple[str, str], Interval], code: str, measures: Sequence[str]
) -> dict[str, Interval | None]:
    """{measure: interval} of one language, or over all with code ""."""
    return {measure: intervals.get((code, measure)) for measure in measures}


def _interval(
    value: float | None, key: Key, sides: Sequence[list[Figures[Key]]]
) -> Interval | None:
    variances = []
    for side in sides:
        known = [one for figures in side if (one := figures.get(key)) is not None]
        if len(known) < len(side):
            return None
        mean, number = fmean(known), len(known)
        variances.append((number - 1) / number * math.fsum((value - mean) ** 2 for value in known))
    variance = math.fsum(variances)
    if value is None or variance == 0:
        return None
    shares = zip(variances, sides, strict=True)
    freedom = 1 / math.fsum((share / variance) ** 2 / (len(side) - 1) for share, side in shares)
    half = float(stdtrit(freedom, (1 + CONFIDENCE) / 2)) * math.sqrt(variance)
    return value - half, value + half


def _without(items: Sequence[Item], index: int) -> Sequence[Item]:
    return [*items[:index], *items[index + 1 :]]
