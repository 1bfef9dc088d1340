"""Counts, shares and means over languages."""

from collections import Counter
from statistics import fmean, median

from pipeline.evaluate.report import OverLanguages
from pipeline.evaluate.runs.metrics import Run
from pipeline.evaluate.speedup import Speedup, Status


def over_languages(gains: list[float], speedups: list[Speedup]) -> OverLanguages:
    """Counts, shares and means over the compared languages.

    Args:
        gains: differences of negative log perplexity (model - baseline), in nats per piece.
        speedups: of the same languages in the same order.

    Returns:
        Means and medians are over the languages with a finite speed-up only, and None if there is
        none; `mean_step_speedup_lower_bound` counts every other language as 0. Shares are of all
        compared languages; a tie is not better, and a language not reached is not at 4.
    """
    steps, flops, seconds = (
        [ratio for speedup in speedups if (ratio := getattr(speedup, unit)) is not None]
        for unit in ("steps", "flops", "seconds")
    )
    status = Counter(speedup.status for speedup in speedups)

    def at_least_4(ratios: list[float]) -> float:
        return (status[Status.AT_START] + sum(ratio >= 4 for ratio in ratios)) / len(speedups)

    return OverLanguages(
        languages_compared=len(gains),
        better=sum(gain > 0 for gain in gains),
        ties=sum(gain == 0 for gain in gains),
        worse=sum(gain < 0 for gain in gains),
        share_better=sum(gain > 0 for gain in gains) / len(gains),
        mean_gain=fmean(gains),
        reached=status[Status.REACHED],
        by_first_validation=status[Status.BY_FIRST_VALIDATION],
        at_start=status[Status.AT_START],
        not_reached=status[Status.NOT_REACHED],
        mean_step_speedup=fmean(steps) if steps else None,
        median_step_speedup=median(steps) if steps else None,
        mean_flop_speedup=fmean(flops) if flops else None,
        median_flop_speedup=median(flops) if flops else None,
        mean_time_speedup=fmean(seconds) if seconds else None,
        median_time_speedup=median(seconds) if seconds else None,
        mean_step_speedup_lower_bound=sum(steps) / len(speedups),
        share_speedup_at_least_4=at_least_4(steps),
        share_flop_speedup_at_least_4=at_least_4(flops),
        share_time_speedup_at_least_4=at_least_4(seconds),
    )


def step_time_ratio(baseline: Run, model: Run) -> float | None:
    """Seconds of training per step of the model / the baseline's; None where there is no time."""
    ours, theirs = _seconds_per_step(baseline), _seconds_per_step(model)
    return theirs / ours if ours and theirs else None


def _seconds_per_step(run: Run) -> float | None:
    cost = run.last.cost
    return cost.seconds / cost.steps if cost.seconds and cost.steps else None
