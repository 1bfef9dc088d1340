"""The figures of a comparison as PNG files."""

from pathlib import Path
from typing import Any

from matplotlib.axes import Axes

from pipeline.report.runs.comparison_figures import COLOURS, by_hardness, histograms
from pipeline.report.runs.plots import Plot, write

# As on the page, in its light colours.
_COLOURS = ["#7d8590", "#0060a8", "#c2410c", "#0f7b5f", "#8a3ffc", "#a56a00", "#b3256d", "#00808a"]


def write_comparison_plots(report: dict[str, Any], folder: Path) -> list[tuple[str, str]]:
    """Write every figure into `folder`; returns (file name, caption) in reading order."""
    plots: list[Plot] = [
        ("parameters.png", "Quality against parameters", (6, 3.6), _parameters),
        ("learning_curves.png", "Learning curves, mean over languages", (6, 3.6), _curves),
        ("gains.png", "Gain over the baseline per language", (14, 4.5), _gains),
        ("speedups.png", "Step speed-up over languages", (6, 3.6), _speedups),
    ]
    return write(plots, report, folder)


def _parameters(axes: Axes, report: dict[str, Any]) -> None:
    for colour, (name, one) in zip(_colours(report), report["models"].items(), strict=True):
        value = one["quality"]["neg_log_perplexity"]
        axes.scatter([one["parameters"]], [value], color=colour, label=name, zorder=3)
    axes.set_xscale("log")
    axes.set_xlabel("parameters")
    axes.set_ylabel("neg. log perplexity")
    axes.legend(fontsize=7)


def _curves(axes: Axes, report: dict[str, Any]) -> None:
    for colour, (name, one) in zip(_colours(report), report["models"].items(), strict=True):
        curve = one["curve"]
        axes.plot(curve["steps"], curve["neg_log_perplexity"], color=colour, label=name)
    axes.axhline(report["target_quality"], color=_COLOURS[0], linewidth=1, linestyle="--")
    axes.set_xlabel("steps")
    axes.set_ylabel("neg. log perplexity")
    axes.legend(fontsize=7)


def _gains(axes: Axes, report: dict[str, Any]) -> None:
    languages = by_hardness(report)
    places = range(len(languages))
    axes.axhline(0, color=_COLOURS[0], linewidth=1)
    for colour, name in list(zip(_colours(report), report["models"], strict=True))[1:]:
        values = [entry["models"][name]["gain"] for _, entry in languages]
        axes.scatter(places, values, s=14, color=colour, label=name, zorder=3)
    axes.set_xticks(places, [code for code, _ in languages], rotation=90, fontsize=6)
    axes.set_xlim(-1, len(languages))
    axes.set_ylabel("difference of neg. log perplexity")
    axes.legend(fontsize=7)


def _speedups(axes: Axes, report: dict[str, Any]) -> None:
    """A line a model around its bins; those not reached are in no bin."""
    bins, found = histograms(report)
    for colour, (name, one) in zip(_colours(report)[1:], found.items(), strict=True):
        missing = f", {len(one.not_reached)} not reached" if one.not_reached else ""
        axes.stairs(one.counts, bins, color=colour, label=f"{name}{missing}", linewidth=1.5)
    axes.set_xlabel("step speed-up")
    axes.set_ylabel("languages")
    axes.legend(fontsize=7)


def _colours(report: dict[str, Any]) -> list[str]:
    return [_COLOURS[number % COLOURS] for number in range(len(report["models"]))]
