"""The learning curves of a report: as points, and as the JSON that the page's script draws."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.evaluate.report import Costs, Reach, Report, Values
from pipeline.evaluate.runs.metrics import Cost
from pipeline.evaluate.speedup import Point

MOST_VALUES = 120_000  # of all curves of a page, about 1 MB
FEWEST_POINTS = 24  # of a curve
_UNITS = {"steps": "step", "seconds": "time", "flops": "flop"}  # of the costs: of the speed-ups


@dataclass(frozen=True)
class Curves:
    """Curves of every language and model, and speed-ups of every model but the first.

    The first model is the baseline.
    """

    names: list[str]
    costs: list[Costs]  # of each model's validations
    languages: dict[str, list[Values]]
    speedups: dict[str, list[Reach]]
    mean: list[Values]
    mean_speedups: list[Reach]

    def points(self, code: str, model: int) -> list[Point]:
        """One curve without its gaps."""
        costs = self.costs[model]
        return [
            Point(Cost(steps, seconds, flops), value)
            for steps, seconds, flops, value in zip(
                costs.steps, costs.seconds, costs.flops, self.languages[code][model], strict=True
            )
            if value is not None
        ]


def curves(report: Report) -> Curves:
    """The curves of a report."""
    every = {code: list(entry.models.values()) for code, entry in report.languages.items()}
    return Curves(
        names=report.titles,
        costs=[entry.validations for entry in report.models.values()],
        languages={code: [values.curve for values in models] for code, models in every.items()},
        speedups={
            code: [values.gain.reach for values in models[1:]] for code, models in every.items()
        },
        mean=[entry.mean_at_validations for entry in report.models.values()],
        mean_speedups=[entry.against.mean_curve for entry in report.others.values()],
    )


def curve_data(report: Report, labels: Sequence[str]) -> str:
    """JSON for an HTML script element; `labels` name the models, the baseline first.

    Long curves are thinned evenly, first and last validation kept; five digits are more than a
    screen can show.
    """
    report_curves = curves(report)
    most = max(
        FEWEST_POINTS,
        MOST_VALUES // (len(report_curves.names) * (len(report_curves.languages) + 1)),
    )
    kept = [evenly(len(costs.steps), most) for costs in report_curves.costs]
    everything = {
        "models": list(labels),
        "costs": [
            {unit: _chosen(getattr(costs, unit), places) for unit in _UNITS}
            for costs, places in zip(report_curves.costs, kept, strict=True)
        ],
        "mean": _curve(
            "Mean of all languages", report_curves.mean, report_curves.mean_speedups, kept
        ),
        "languages": {
            code: _curve(report.languages[code].name, values, report_curves.speedups[code], kept)
            for code, values in report_curves.languages.items()
        },
    }
    return json.dumps(everything, separators=(",", ":")).replace("<", "\\u003c")


def evenly(points: int, most: int) -> list[int]:
    """Evenly spaced places of at most so many of some points, the first and the last included."""
    if points <= most:
        return list(range(points))
    return [round(number * (points - 1) / (most - 1)) for number in range(most)]


def _curve(
    name: str,
    values: Sequence[Values],
    speedups: Sequence[Reach],
    kept: Sequence[Sequence[int]],
) -> dict[str, Any]:
    return {
        "name": name,
        "values": [_chosen(value, places) for value, places in zip(values, kept, strict=True)],
        "speedups": [
            {"status": reach.status}
            | {unit: _rounded(reach.speedup(key)) for unit, key in _UNITS.items()}
            for reach in speedups
        ],
    }


def _chosen(values: Sequence[float | None], places: Sequence[int]) -> Values:
    return [_rounded(values[place]) for place in places]


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.5g}")
