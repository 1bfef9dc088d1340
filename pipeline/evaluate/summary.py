"""Figures over all languages, and the paper's."""

from collections.abc import Callable
from statistics import fmean, median
from typing import Any

from pipeline.evaluate.runs.metrics import Run
from pipeline.evaluate.speedup import Speedup, Status

Ratio = Callable[[Speedup], float | None]

# Fedus et al. 2022, section 4.3 and Figures 7 and 8: mSwitch-Base beside mT5-Base, 1M steps.
PAPER = {"share_better": 1.0, "mean_step_speedup": 5.0, "share_speedup_at_least_4": 0.91}


def over_languages(gains: list[float], speedups: list[Speedup]) -> dict[str, Any]:
    """Counts, shares and means over the compared languages.

    `gains` are differences of negative log perplexity (model - baseline), in the order of
    `speedups`. Means and the median are over the languages with a finite speed-up only, and None if
    there is none; `mean_step_speedup_lower_bound` counts every other language as 0. Shares are of
    all compared languages; a tie is not better, and a language not reached is not at 4.
    """
    steps = _known(speedups, _by_steps)
    return {
        "languages_compared": len(gains),
        "better": sum(gain > 0 for gain in gains),
        "ties": sum(gain == 0 for gain in gains),
        "worse": sum(gain < 0 for gain in gains),
        "share_better": sum(gain > 0 for gain in gains) / len(gains),
        "mean_gain": fmean(gains),
        **_status_counts(speedups),
        **_spread(speedups, "step", _by_steps),
        **_spread(speedups, "flop", _by_flops),
        **_spread(speedups, "time", _by_seconds),
        "mean_step_speedup_lower_bound": sum(steps) / len(speedups),
        "share_speedup_at_least_4": _share_at_least_4(speedups, _by_steps),
        "share_flop_speedup_at_least_4": _share_at_least_4(speedups, _by_flops),
        "share_time_speedup_at_least_4": _share_at_least_4(speedups, _by_seconds),
    }


def step_time_ratio(baseline: Run, model: Run) -> float | None:
    """Seconds of training per step of the model / the baseline's; None where there is no time."""
    ours, theirs = _seconds_per_step(baseline), _seconds_per_step(model)
    return theirs / ours if ours and theirs else None


def _status_counts(speedups: list[Speedup]) -> dict[str, int]:
    return {status.value: sum(one.status is status for one in speedups) for status in Status}


def _spread(speedups: list[Speedup], unit: str, ratio: Ratio) -> dict[str, float | None]:
    known = _known(speedups, ratio)
    return {
        f"mean_{unit}_speedup": fmean(known) if known else None,
        f"median_{unit}_speedup": median(known) if known else None,
    }


def _known(speedups: list[Speedup], ratio: Ratio) -> list[float]:
    return [found for one in speedups if (found := ratio(one)) is not None]


def _by_steps(one: Speedup) -> float | None:
    return one.steps


def _by_flops(one: Speedup) -> float | None:
    return one.flops


def _by_seconds(one: Speedup) -> float | None:
    return one.seconds


def _share_at_least_4(speedups: list[Speedup], ratio: Ratio) -> float:
    at_start = sum(one.status is Status.AT_START for one in speedups)
    return (at_start + sum(found >= 4 for found in _known(speedups, ratio))) / len(speedups)


def _seconds_per_step(run: Run) -> float:
    cost = run.last.cost
    return cost.seconds / cost.steps if cost.steps else 0.0
