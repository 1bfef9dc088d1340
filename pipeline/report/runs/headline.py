"""The result in words: a sentence, and each measure beside the paper's claim."""

from dataclasses import dataclass

from pipeline.evaluate.report import MODEL, PAPER, Against, ModelEntry, OverLanguages, Report
from pipeline.show.numbers import clock, percent, perplexity, quality, speedup, times


@dataclass(frozen=True)
class Line:
    """One measure of the comparison, ready to print."""

    measure: str
    result: str
    detail: str = ""  # what the result is taken over
    paper: str = ""


def headline(report: Report) -> str:
    """One or two sentences: which model is best, and by how much; of two runs good or bad."""
    return _verdict(report) if report.two_runs else _best(report)


def shown_model(report: Report) -> ModelEntry:
    """The model that stands for a report: of two runs the model, of many the best one.

    The first beside the baseline if none is better.
    """
    if report.two_runs:
        return report.models[MODEL]
    best = max(report.models.values(), key=_final)
    return next(iter(report.others.values())) if best is report.first else best


def main_lines(report: Report, model: ModelEntry) -> list[Line]:
    """The four measures that the paper's claim is made of, or that its reader asks for next."""
    against = model.against
    summary = against.summary
    compared, over = summary.languages_compared, _over(summary)
    ties = f", {summary.ties} the same" if summary.ties else ""
    return [
        Line(
            "Languages better",
            percent(summary.share_better),
            f"{summary.better} of {compared}{ties}{_significant(against)}",
            paper=percent(PAPER["share_better"]),
        ),
        Line(
            "Mean step speed-up",
            _mean_times(summary.mean_step_speedup),
            f"{over}{_apart(summary)}",
            paper=f"{PAPER['mean_step_speedup']:g}×",
        ),
        Line(
            "Languages at 4× or more",
            percent(summary.share_speedup_at_least_4),
            f"of all {compared}",
            paper=percent(PAPER["share_speedup_at_least_4"]),
        ),
        Line(
            "Mean time speed-up",
            _mean_times(summary.mean_time_speedup),
            f"{over}; {clock(report.clock)}",
        ),
    ]


def scoreboard(report: Report) -> list[Line]:
    """Every measure of two runs over all languages, the main ones first."""
    model = report.models[MODEL]
    against, summary, over = model.against, model.against.summary, _over(model.against.summary)
    lowest = times(summary.mean_step_speedup_lower_bound)
    return [
        *main_lines(report, model),
        Line("Median step speed-up", times(summary.median_step_speedup), over),
        Line("Mean step speed-up, at least", lowest, "not reached counted as 0"),
        Line(
            "Step speed-up of the mean curve",
            speedup(against.mean_curve, "step"),
            "all languages as one curve",
        ),
        Line("Mean FLOP speed-up", times(summary.mean_flop_speedup), over),
        Line(
            "Time per step, Switch / dense",
            times(against.step_time_ratio),
            f"training only; {clock(report.clock)}",
        ),
        _both(report, "neg_log_perplexity", "Mean neg. log perplexity", "higher is better"),
        _both(report, "bits_per_byte", "Mean bits per byte", "lower is better"),
        _both(report, "perplexity", "Geometric mean perplexity", "lower is better"),
    ]


def _best(report: Report) -> str:
    best = shown_model(report)
    if _final(best) <= _final(report.first):
        return f"No model ends better than {report.baseline}, in the mean over languages."
    speed = best.against.mean_curve.step_speedup
    sooner = f", and {times(speed)} as fast to its final quality in steps" if speed else ""
    summary = best.against.summary
    return (
        f"{best.name} is the best of {len(report.models)} models: better than {report.baseline} "
        f"on {summary.better} of {summary.languages_compared} languages{sooner}."
    )


def _verdict(report: Report) -> str:
    summary = report.models[MODEL].against.summary
    compared, reached = summary.languages_compared, summary.with_speedup
    where = f"Switch ends better than dense on {summary.better} of {compared} languages"
    speed = summary.mean_step_speedup
    if speed is None:
        return f"{where}. No language has a step speed-up{_apart(summary)}."
    over = "" if reached == compared else f", over {reached} of {compared} languages"
    return f"{where}. Mean step speed-up to dense’s final quality: {times(speed)}{over}."


def _final(entry: ModelEntry) -> float:
    return entry.quality.neg_log_perplexity


def _both(report: Report, key: str, measure: str, direction: str) -> Line:
    shown = perplexity if key == "perplexity" else quality
    model, baseline = (
        shown(entry.quality.measure(key)) for entry in (report.models[MODEL], report.first)
    )
    return Line(measure, model, f"dense {baseline}; {direction}")


def _mean_times(mean: float | None) -> str:
    return "none" if mean is None else times(mean)


def _over(summary: OverLanguages) -> str:
    return f"over {summary.with_speedup} of {summary.languages_compared} languages"


def _apart(summary: OverLanguages) -> str:
    """The languages that the mean leaves out."""
    parts = []
    if summary.not_reached:
        parts.append(f"{summary.not_reached} not reached")
    if summary.at_start:
        parts.append(f"{summary.at_start} there from step 0")
    return f"; {', '.join(parts)}" if parts else ""


def _significant(against: Against) -> str:
    better, worse = against.significantly_better, against.significantly_worse
    return "" if better is None else f"; {better} significantly, {worse} significantly worse"
