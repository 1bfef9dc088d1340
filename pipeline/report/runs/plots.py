"""The report's figures as PNG files, for papers, slides and model cards."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline.report.runs.figures import by_baseline
from pipeline.report.runs.histogram import step_speedups
from pipeline.show.numbers import times
from pipeline.show.svg import ticks

matplotlib.use("Agg")

DENSE, SWITCH, WORSE, SOFT = "#7d8590", "#0060a8", "#c2410c", "#5d646d"  # as on the page
_SIDES = (("baseline", "dense", DENSE), ("model", "Switch", SWITCH))
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
# File name, caption, inches, and what draws it.
Plot = tuple[str, str, tuple[float, float], Callable[[Axes, dict[str, Any]], None]]


def write_plots(report: dict[str, Any], folder: Path) -> list[tuple[str, str]]:
    """Write every figure into `folder`; returns (file name, caption) in reading order."""
    plots: list[Plot] = [
        ("learning_curve.png", "Learning curves, mean over languages", (6, 3.6), _mean_curve),
        ("gains.png", "Final negative log perplexity per language", (14, 4.5), _gains),
        ("speedups.png", "Step speed-up over languages", (6, 3.6), _speedups),
    ]
    return write(plots, report, folder)


def write(plots: list[Plot], report: dict[str, Any], folder: Path) -> list[tuple[str, str]]:
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


def _mean_curve(axes: Axes, report: dict[str, Any]) -> None:
    for side, label, colour in _SIDES:
        steps = report["validations"][side]["steps"]
        values = [float("nan") if v is None else v for v in report["mean"]["curve"][side]]
        axes.plot(steps, values, color=colour, marker="o", markersize=3, label=label)
    end = report["mean"]["curve"]["baseline"][-1]
    axes.axhline(end, color=DENSE, linewidth=1, linestyle="--")
    axes.set_xlabel("steps")
    axes.set_ylabel("neg. log perplexity")
    axes.legend()


def _gains(axes: Axes, report: dict[str, Any]) -> None:
    languages = by_baseline(report)
    dense, switch = (
        [entry[side]["neg_log_perplexity"] for _, entry in languages] for side, _, _ in _SIDES
    )
    colours = [WORSE if entry["gain"] < 0 else SWITCH for _, entry in languages]
    places = range(len(languages))
    axes.vlines(places, dense, switch, colors=colours, alpha=0.5)
    axes.scatter(places, dense, s=14, facecolors="white", edgecolors=DENSE, label="dense", zorder=3)
    axes.scatter(places, switch, s=16, c=colours, label="Switch", zorder=4)
    axes.set_xticks(places, [code for code, _ in languages], rotation=90, fontsize=6)
    axes.set_xlim(-1, len(languages))
    axes.set_ylabel("neg. log perplexity")
    axes.legend()


def _speedups(axes: Axes, report: dict[str, Any]) -> None:
    found = step_speedups(report)
    width = found.edges[1] - found.edges[0]
    colours = [SWITCH if low >= 1 else WORSE for low in found.edges[:-1]]
    axes.bar(found.edges[:-1], found.counts, width * 0.94, align="edge", color=colours)
    marks = ticks(found.edges[0], found.edges[-1], most=7)
    labels = [f"{value:g}×" for value in marks]
    if found.not_reached:
        marks, labels = [found.edges[0] - 2 * width, *marks], ["not\nreached", *labels]
        axes.bar(marks[:1], [len(found.not_reached)], width * 1.5, color=WORSE)
    axes.set_xticks(marks, labels)
    mean = report["summary"]["mean_step_speedup"]
    if mean is not None:
        label = f"mean {times(mean)} (paper: {report['paper']['mean_step_speedup']:g}×)"
        axes.axvline(mean, color="black", linewidth=1.3, label=label)
        axes.legend()
    axes.set_xlabel("step speed-up")
    axes.set_ylabel("languages")
