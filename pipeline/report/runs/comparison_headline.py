"""What came out of a comparison, in a sentence and four figures."""

from collections.abc import Mapping
from typing import Any

from pipeline.evaluate.summary import PAPER
from pipeline.report.runs.scoreboard import Line, main_lines
from pipeline.show.numbers import times


def best_model(report: Mapping[str, Any]) -> dict[str, Any] | None:
    """The model with the best mean quality at the end; None if that is the baseline."""
    baseline, *others = report["models"].values()
    best = max([baseline, *others], key=_final)
    return None if best is baseline else best


def headline(report: dict[str, Any]) -> str:
    """One sentence: which model is best, and by how much."""
    best = best_model(report)
    if best is None:
        return f"No model ends better than {report['baseline']}, in the mean over languages."
    against = best["against_baseline"]
    speed = against["mean_curve"]["step_speedup"]
    sooner = f", and {times(speed)} as fast to its final quality in steps" if speed else ""
    return (
        f"{best['name']} is the best of {len(report['models'])} models: better than "
        f"{report['baseline']} on {against['better']} of {against['languages_compared']} "
        f"languages{sooner}."
    )


def shown_model(report: Mapping[str, Any]) -> dict[str, Any]:
    """The model that stands for a comparison: the best one, or the first if none is better."""
    return best_model(report) or list(report["models"].values())[1]


def tiles(report: dict[str, Any]) -> tuple[str, list[Line]]:
    """The name of the model that is shown, and its main measures."""
    chosen = shown_model(report)
    return chosen["name"], main_lines(chosen["against_baseline"], PAPER)


def _final(entry: dict[str, Any]) -> float:
    return float(entry["quality"]["neg_log_perplexity"])
