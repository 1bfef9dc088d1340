"""The heatmap of experts and languages as a PNG file: the router that knows most of languages."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from pipeline.evaluate.report import Report, Router
from pipeline.report.runs.plots import write
from pipeline.show.numbers import label


def write_routing_plot(report: Report, folder: Path) -> list[tuple[str, str]]:
    """Write routing.png; (file name, caption), or nothing where no run says what routers did."""
    if not report.routing_by_language:
        return []
    name, router = _most_informed(report)
    caption = f"Share of each language's tokens by expert: {label(name)}, {router.router}"
    height = 1.6 + min(len(router.load), 64) * 0.14
    return write([("routing.png", caption, (14, height), _heatmap)], report, folder)


def _most_informed(report: Report) -> tuple[str, Router]:
    every = [
        (name, router)
        for name, division in report.routing_by_language.items()
        for router in division.routers
    ]
    return max(every, key=lambda item: item[1].mutual_information)


def _heatmap(axes: Axes, report: Report) -> None:
    name, router = _most_informed(report)
    codes = report.routing_by_language[name].languages
    axes.grid(visible=False)
    image = axes.imshow(np.array(router.shares).T, aspect="auto", cmap="Blues", vmin=0)
    axes.set_xticks(range(len(codes)), codes, rotation=90, fontsize=6)
    axes.set_ylabel("expert")
    assert axes.figure is not None
    axes.figure.colorbar(image, ax=axes, pad=0.01)
