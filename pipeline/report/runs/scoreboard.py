"""The result in words: a verdict, and each measure beside the paper's claim."""

from dataclasses import dataclass
from typing import Any

from pipeline.show.numbers import percent, perplexity, quality, speedup, times


@dataclass(frozen=True)
class Line:
    """One measure of the comparison, ready to print."""

    measure: str
    result: str
    detail: str = ""  # what the result is taken over
    paper: str = ""


def verdict(report: dict[str, Any]) -> str:
    """One or two sentences that say what came out, good or bad."""
    summary = report["summary"]
    better, compared = summary["better"], summary["languages_compared"]
    where = f"Switch ends better than dense on {better} of {compared} languages"
    speed, reached = summary["mean_step_speedup"], _reached(summary)
    if speed is None:
        return f"{where}. No language has a step speed-up{_apart(summary)}."
    over = "" if reached == compared else f", over {reached} of {compared} languages"
    return f"{where}. Mean step speed-up to dense’s final quality: {times(speed)}{over}."


def main_lines(summary: dict[str, Any], paper: dict[str, float]) -> list[Line]:
    """The four measures that the paper's claim is made of, or that its reader asks for next."""
    compared = summary["languages_compared"]
    over = _over(summary)
    return [
        Line(
            "Languages better",
            percent(summary["share_better"]),
            f"{summary['better']} of {compared}{_ties(summary)}{_significant(summary)}",
            paper=percent(paper["share_better"]),
        ),
        Line(
            "Mean step speed-up",
            _mean_times(summary["mean_step_speedup"]),
            f"{over}{_apart(summary)}",
            paper=f"{paper['mean_step_speedup']:g}×",
        ),
        Line(
            "Languages at 4× or more",
            percent(summary["share_speedup_at_least_4"]),
            f"of all {compared}",
            paper=percent(paper["share_speedup_at_least_4"]),
        ),
        Line("Mean time speed-up", _mean_times(summary["mean_time_speedup"]), over),
    ]


def scoreboard(report: dict[str, Any]) -> list[Line]:
    """Every measure over all languages, the main ones first."""
    summary = report["summary"]
    over = _over(summary)
    return [
        *main_lines(summary, report["paper"]),
        Line("Median step speed-up", times(summary["median_step_speedup"]), over),
        Line(
            "Mean step speed-up, at least",
            times(summary["mean_step_speedup_lower_bound"]),
            "not reached counted as 0",
        ),
        Line(
            "Step speed-up of the mean curve",
            speedup(report["mean"], "step"),
            "all languages as one curve",
        ),
        Line("Mean FLOP speed-up", times(summary["mean_flop_speedup"]), over),
        Line(
            "Time per step, Switch / dense",
            times(summary["step_time_ratio"]),
            "training only",
        ),
        _both(summary, "neg_log_perplexity", "Mean neg. log perplexity", "higher is better"),
        _both(summary, "bits_per_byte", "Mean bits per byte", "lower is better"),
        _both(summary, "perplexity", "Geometric mean perplexity", "lower is better"),
    ]


def _both(summary: dict[str, Any], key: str, measure: str, direction: str) -> Line:
    shown = perplexity if key == "perplexity" else quality
    model, baseline = shown(summary["model"][key]), shown(summary["baseline"][key])
    return Line(measure, model, f"dense {baseline}; {direction}")


def _mean_times(mean: float | None) -> str:
    return "none" if mean is None else times(mean)


def _over(summary: dict[str, Any]) -> str:
    return f"over {_reached(summary)} of {summary['languages_compared']} languages"


def _reached(summary: dict[str, Any]) -> int:
    return int(summary["reached"] + summary["by_first_validation"])


def _apart(summary: dict[str, Any]) -> str:
    """The languages that the mean leaves out."""
    parts = []
    if summary["not_reached"]:
        parts.append(f"{summary['not_reached']} not reached")
    if summary["at_start"]:
        parts.append(f"{summary['at_start']} there from step 0")
    return f"; {', '.join(parts)}" if parts else ""


def _ties(summary: dict[str, Any]) -> str:
    return f", {summary['ties']} the same" if summary["ties"] else ""


def _significant(summary: dict[str, Any]) -> str:
    better, worse = summary["significantly_better"], summary["significantly_worse"]
    return "" if better is None else f"; {better} significantly, {worse} significantly worse"
