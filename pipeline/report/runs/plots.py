"""The figures of a report as PNG files, for papers, slides and model cards."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline.evaluate.report import BASELINE, MODEL, PAPER, Report
from pipeline.report.runs.curves import curves
from pipeline.report.runs.figures import COLOURS, by_hardness
from pipeline.report.runs.histogram import histograms
from pipeline.show.numbers import times
from pipeline.show.svg import ticks

matplotlib.use("Agg")

# As on the page, in its light colours.
_COLOURS = ["#7d8590", "#0060a8", "#c2410c", "#0f7b5f", "#8a3ffc", "#a56a00", "#b3256d", "#00808a"]
DENSE, SWITCH, WORSE, SOFT = *_COLOURS[:3], "#5d646d"
_STYLE: dict[Any, Any] = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": SOFT,
    "axes.titlelocation": "left",
    "grid.color": "#dfe1e0",
    "axes.axisbelow": True,
    "legend.frameon": False,
}
_SMALL, _WIDE = (6, 3.6), (14, 4.5)
# File name, caption, inches, and the function that draws it.
Plot = tuple[str, str, tuple[float, float], Callable[[Axes, Report], None]]


def write_plots(report: Report, folder: Path) -> list[tuple[str, str]]:
    """Write every figure into `folder`; returns (file name, caption) in reading order."""
    mean, speedups = "Learning curves, mean over languages", "Step speed-up over languages"
    plots: list[Plot] = [
        ("parameters.png", "Quality against parameters", _SMALL, _parameters),
        ("learning_curves.png", mean, _SMALL, _curves),
        ("gains.png", "Gain over the baseline per language", _WIDE, _gains),
        ("speedups.png", speedups, _SMALL, _speedups),
    ]
    if report.two_runs:
        plots = [
            ("learning_curve.png", mean, _SMALL, _two_curves),
            ("gains.png", "Final negative log perplexity per language", _WIDE, _two_ends),
            ("speedups.png", speedups, _SMALL, _bars),
        ]
    return write(plots, report, folder)


def write(plots: list[Plot], report: Report, folder: Path) -> list[tuple[str, str]]:
    """Draw and save each plot; returns (file name, caption) of each."""
    for name, caption, size, draw in plots:
        with matplotlib.rc_context(_STYLE):
            figure = Figure(figsize=size, layout="constrained")
            axes = figure.add_subplot()
            axes.grid(visible=True, axis="y")
            axes.set_title(caption)
            draw(axes, report)
            figure.savefig(folder / name, dpi=150, metadata={"Software": None})
    return [(name, caption) for name, caption, _, _ in plots]


def _two_curves(axes: Axes, report: Report) -> None:
    report_curves = curves(report)
    looks = (("dense", DENSE), ("Switch", SWITCH))
    for (label, colour), costs, mean in zip(
        looks, report_curves.costs, report_curves.mean, strict=True
    ):
        values = [float("nan") if value is None else value for value in mean]
        axes.plot(costs.steps, values, color=colour, marker="o", markersize=3, label=label)
    axes.axhline(report.target_quality, color=DENSE, linewidth=1, linestyle="--")
    axes.set_xlabel("steps")
    axes.set_ylabel("neg. log perplexity")
    axes.legend()


def _two_ends(axes: Axes, report: Report) -> None:
    languages = by_hardness(report)
    dense, switch = (
        [entry.models[side].quality.neg_log_perplexity for _, entry in languages]
        for side in (BASELINE, MODEL)
    )
    gains = [entry.models[MODEL].gain.gain for _, entry in languages]
    colours = [WORSE if gain < 0 else SWITCH for gain in gains]
    places = range(len(languages))
    axes.vlines(places, dense, switch, colors=colours, alpha=0.5)
    axes.scatter(places, dense, s=14, facecolors="white", edgecolors=DENSE, label="dense", zorder=3)
    axes.scatter(places, switch, s=16, c=colours, label="Switch", zorder=4)
    _language_axis(axes, report)
    axes.set_ylabel("neg. log perplexity")
    axes.legend()


def _bars(axes: Axes, report: Report) -> None:
    bars = histograms(report)[MODEL]
    width = bars.edges[1] - bars.edges[0]
    colours = [SWITCH if low >= 1 else WORSE for low in bars.edges[:-1]]
    axes.bar(bars.edges[:-1], bars.counts, width * 0.94, align="edge", color=colours)
    marks = ticks(bars.edges[0], bars.edges[-1], most=7)
    labels = [f"{value:g}×" for value in marks]
    if bars.not_reached:
        marks, labels = [bars.edges[0] - 2 * width, *marks], ["not\nreached", *labels]
        axes.bar(marks[:1], [len(bars.not_reached)], width * 1.5, color=WORSE)
    axes.set_xticks(marks, labels)
    mean = report.models[MODEL].against.summary.mean_step_speedup
    if mean is not None:
        label = f"mean {times(mean)} (paper: {PAPER['mean_step_speedup']:g}×)"
        axes.axvline(mean, color="black", linewidth=1.3, label=label)
        axes.legend()
    axes.set_xlabel("step speed-up")
    axes.set_ylabel("languages")


def _parameters(axes: Axes, report: Report) -> None:
    for colour, (name, model) in zip(_colours(report), report.models.items(), strict=True):
        value = model.quality.neg_log_perplexity
        axes.scatter([model.parameters or 0], [value], color=colour, label=name, zorder=3)
    axes.set_xscale("log")
    axes.set_xlabel("parameters")
    axes.set_ylabel("neg. log perplexity")
    axes.legend(fontsize=7)


def _curves(axes: Axes, report: Report) -> None:
    for colour, (name, model) in zip(_colours(report), report.models.items(), strict=True):
        axes.plot(model.curve.steps, model.curve.neg_log_perplexity, color=colour, label=name)
    axes.axhline(report.target_quality, color=_COLOURS[0], linewidth=1, linestyle="--")
    axes.set_xlabel("steps")
    axes.set_ylabel("neg. log perplexity")
    axes.legend(fontsize=7)


def _gains(axes: Axes, report: Report) -> None:
    languages = by_hardness(report)
    axes.axhline(0, color=_COLOURS[0], linewidth=1)
    for colour, name in zip(_colours(report)[1:], report.others, strict=True):
        values = [entry.models[name].gain.gain for _, entry in languages]
        axes.scatter(range(len(values)), values, s=14, color=colour, label=name, zorder=3)
    _language_axis(axes, report)
    axes.set_ylabel("difference of neg. log perplexity")
    axes.legend(fontsize=7)


def _speedups(axes: Axes, report: Report) -> None:
    """A line a model around its bins; those not reached are in no bin."""
    for colour, (name, bars) in zip(_colours(report)[1:], histograms(report).items(), strict=True):
        missing = f", {len(bars.not_reached)} not reached" if bars.not_reached else ""
        axes.stairs(bars.counts, bars.edges, color=colour, label=f"{name}{missing}", linewidth=1.5)
    axes.set_xlabel("step speed-up")
    axes.set_ylabel("languages")
    axes.legend(fontsize=7)


def _language_axis(axes: Axes, report: Report) -> None:
    codes = [code for code, _ in by_hardness(report)]
    axes.set_xticks(range(len(codes)), codes, rotation=90, fontsize=6)
    axes.set_xlim(-1, len(codes))


def _colours(report: Report) -> list[str]:
    return [_COLOURS[number % COLOURS] for number in range(len(report.models))]
