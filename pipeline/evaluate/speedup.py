"""How much sooner a model gets where the baseline ends: the measure of the paper's Figure 8.

Speed-up of a language = what the baseline has spent at its end / what the model has spent when its
learning curve first reaches the baseline's final negative log perplexity (Fedus et al. 2022,
arXiv 2101.03961, section 4.3), in steps, seconds and FLOPs. Between two validations the curve is a
straight line. A tie counts as reached, and a curve that crosses more than once counts at its first
crossing.
"""

from dataclasses import dataclass
from enum import StrEnum

from pipeline.evaluate.runs.metrics import Cost


class Status(StrEnum):
    """How the model's curve meets the baseline's final value."""

    REACHED = "reached"
    BY_FIRST_VALIDATION = "by_first_validation"  # there before it was first looked at: lower bound
    AT_START = "at_start"  # there at step 0: the speed-up has no finite value
    NOT_REACHED = "not_reached"


@dataclass(frozen=True)
class Point:
    """One validation of one language."""

    cost: Cost
    neg_log_perplexity: float


@dataclass(frozen=True)
class Speedup:
    """Ratios are None unless the status is REACHED or BY_FIRST_VALIDATION."""

    status: Status
    reached_at: Cost | None = None
    steps: float | None = None
    seconds: float | None = None
    flops: float | None = None


def speedup(baseline: list[Point], model: list[Point]) -> Speedup:
    """Compare two learning curves of one language, both non-empty and in order of steps."""
    end = baseline[-1]
    reached = first_reach(model, end.neg_log_perplexity)
    if reached is None:
        return Speedup(Status.NOT_REACHED)
    if reached.steps == 0:
        return Speedup(Status.AT_START, reached)
    at_first = model[0].neg_log_perplexity >= end.neg_log_perplexity
    return Speedup(
        Status.BY_FIRST_VALIDATION if at_first else Status.REACHED,
        reached,
        steps=_ratio(end.cost.steps, reached.steps),
        seconds=_ratio(end.cost.seconds, reached.seconds),
        flops=_ratio(end.cost.flops, reached.flops),
    )


def first_reach(curve: list[Point], target: float) -> Cost | None:
    """What had been spent when the curve first came to `target`; None if it never does."""
    before = None
    for point in curve:
        if point.neg_log_perplexity >= target:
            return point.cost if before is None else _between(before, point, target)
        before = point
    return None


def _between(before: Point, after: Point, target: float) -> Cost:
    """Linear interpolation; `before` is under the target, `after` on it or above."""
    rise = after.neg_log_perplexity - before.neg_log_perplexity
    share = (target - before.neg_log_perplexity) / rise

    def at(start: float, end: float) -> float:
        return start * (1 - share) + end * share

    times = before.cost.seconds, after.cost.seconds
    return Cost(
        steps=at(before.cost.steps, after.cost.steps),
        seconds=None if times[0] is None or times[1] is None else at(times[0], times[1]),
        flops=at(before.cost.flops, after.cost.flops),
    )


def _ratio(baseline: float | None, model: float | None) -> float | None:
    return baseline / model if baseline is not None and model else None
