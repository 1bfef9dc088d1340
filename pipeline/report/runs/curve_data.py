"""The learning curves of a report as the JSON that the page's script draws them from."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.report.runs.curves import Values, curves, evenly

MOST_VALUES = 120_000  # of all curves of a page, about 1 MB
FEWEST_POINTS = 24  # of a curve
_UNITS = {"steps": "step", "seconds": "time", "flops": "flop"}  # of the costs: of the speed-ups


def curve_data(report: dict[str, Any], labels: Sequence[str]) -> str:
    """JSON for an HTML script element; `labels` name the models, the baseline first.

    Long curves are thinned evenly, first and last validation kept; five digits are more than a
    screen can show.
    """
    found = curves(report)
    most = max(FEWEST_POINTS, MOST_VALUES // (len(found.names) * (len(found.languages) + 1)))
    kept = [evenly(len(costs["steps"]), most) for costs in found.costs]
    everything = {
        "models": list(labels),
        "costs": [
            {unit: _chosen(costs[unit], places) for unit in _UNITS}
            for costs, places in zip(found.costs, kept, strict=True)
        ],
        "mean": _curve("Mean of all languages", found.mean, found.mean_speedups, kept),
        "languages": {
            code: _curve(report["languages"][code]["name"], values, found.speedups[code], kept)
            for code, values in found.languages.items()
        },
    }
    return json.dumps(everything, separators=(",", ":")).replace("<", "\\u003c")


def _curve(
    name: str,
    values: Sequence[Values],
    speedups: Sequence[Mapping[str, Any]],
    kept: Sequence[Sequence[int]],
) -> dict[str, Any]:
    return {
        "name": name,
        "values": [_chosen(one, places) for one, places in zip(values, kept, strict=True)],
        "speedups": [
            {"status": one["status"]}
            | {unit: _rounded(one[f"{key}_speedup"]) for unit, key in _UNITS.items()}
            for one in speedups
        ],
    }


def _chosen(values: Sequence[float | None], places: Sequence[int]) -> Values:
    return [_rounded(values[place]) for place in places]


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.5g}")
