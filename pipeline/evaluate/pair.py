"""Two runs, or the means of seeds as runs: what the model gained on every language."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean
from types import MappingProxyType

from pipeline.evaluate.groups import group_summaries
from pipeline.evaluate.intervals.over_seeds import chosen, significant, significant_counts
from pipeline.evaluate.intervals.over_text import over_documents
from pipeline.evaluate.report import Against, Gain, Interval, Reach
from pipeline.evaluate.runs.metrics import Run, Validation
from pipeline.evaluate.speedup import Point, Speedup, speedup
from pipeline.evaluate.summary import over_languages, step_time_ratio

LANGUAGE_FIGURES = ("gain", "step_speedup", "flop_speedup", "time_speedup")  # have intervals
SUMMARY_FIGURES = (
    "share_better", "mean_gain", "mean_step_speedup", "mean_flop_speedup", "mean_time_speedup",
    "share_speedup_at_least_4",
)  # fmt: skip
Intervals = Mapping[tuple[str, str], Interval]  # by language ("" for all) and figure
NO_INTERVALS: Intervals = MappingProxyType({})


@dataclass(frozen=True)
class Pair:
    """A model against the baseline, over all languages and on each."""

    against: Against
    gains: dict[str, Gain]  # by language


def compare(baseline: Run, model: Run, intervals: Intervals = NO_INTERVALS) -> Pair:
    """Compare two runs at their ends and along their curves.

    Args:
        baseline: the run that the other is held against.
        model: a run whose last validation has the languages of the baseline's.
        intervals: 95 % intervals by language and figure; of those that are missing nothing is said.

    Returns:
        The figures over all languages, over groups of them and on each, in the order of the codes.
    """
    codes = sorted(baseline.last.languages)
    speedups = {code: speedup(_curve(baseline, code), _curve(model, code)) for code in codes}
    gains = {
        code: model.last.languages[code].neg_log_perplexity
        - baseline.last.languages[code].neg_log_perplexity
        for code in codes
    }
    better, worse = significant_counts([intervals.get((code, "gain")) for code in codes])
    against = Against(
        summary=over_languages(list(gains.values()), list(speedups.values())),
        step_time_ratio=step_time_ratio(baseline, model),
        significantly_better=better,
        significantly_worse=worse,
        intervals=chosen(intervals, "", SUMMARY_FIGURES),
        mean_curve=_reach(speedup(mean_curve(baseline), mean_curve(model))),
        groups=group_summaries(gains, speedups),
    )
    return Pair(
        against,
        {
            code: Gain(
                gain,
                _reach(speedups[code]),
                chosen(intervals, code, LANGUAGE_FIGURES),
                significant(intervals.get((code, "gain"))),
            )
            for code, gain in gains.items()
        },
    )


def document_intervals(baseline: Run, model: Run) -> Intervals:
    """Intervals over validation text; none unless both runs have kept their last validation."""
    if baseline.sequences is None or model.sequences is None:
        return NO_INTERVALS
    return over_documents(baseline.sequences, model.sequences, sorted(baseline.last.languages))


def mean_curve(run: Run) -> list[Point]:
    """The mean over languages as one learning curve, at the validations that had all of them."""
    return [
        Point(validation.cost, mean(validation))
        for validation in run.validations
        if validation.languages.keys() == run.last.languages.keys()
    ]


def mean(validation: Validation) -> float:
    """The unweighted mean over languages of the negative log perplexity."""
    codes = sorted(validation.languages)
    return fmean(validation.languages[code].neg_log_perplexity for code in codes)


def _curve(run: Run, code: str) -> list[Point]:
    return [
        Point(validation.cost, validation.languages[code].neg_log_perplexity)
        for validation in run.validations
        if code in validation.languages
    ]


def _reach(speedup: Speedup) -> Reach:
    return Reach(
        status=speedup.status.value,
        reached_at_step=speedup.reached_at.steps if speedup.reached_at else None,
        step_speedup=speedup.steps,
        flop_speedup=speedup.flops,
        time_speedup=speedup.seconds,
    )
