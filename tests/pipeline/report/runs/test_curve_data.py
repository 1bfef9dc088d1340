import json
from typing import Any

import pytest

from pipeline.report.runs.curve_data import MOST_VALUES, curve_data

LABELS = ["dense", "Switch"]


def test_small_curves_are_whole(small: dict[str, Any]) -> None:
    data = json.loads(curve_data(small, LABELS))
    assert data["models"] == LABELS
    assert data["costs"][1] == {"steps": [100, 200], "seconds": [30, 60], "flops": [1e9, 2e9]}
    english = data["languages"]["en"]
    assert english["name"] == "English"
    assert english["values"] == [[-5.0, -4.0], [-4.0, -3.0]]
    assert english["speedups"][0]["status"] == "by_first_validation"
    assert english["speedups"][0]["steps"] == pytest.approx(2.0)
    assert data["mean"]["values"][1] == pytest.approx([-4.5, -3.8333], abs=1e-4)


def test_long_curves_are_thinned_evenly_with_both_ends(small: dict[str, Any]) -> None:
    points = 2 * MOST_VALUES // (2 * 4)
    for entry in [*small["languages"].values(), small["mean"]]:
        entry["curve"] = {side: [float(-i) for i in range(points)] for side in entry["curve"]}
    for costs in small["validations"].values():
        costs |= {unit: list(range(points)) for unit in costs}
    data = json.loads(curve_data(small, LABELS))
    steps = data["costs"][0]["steps"]
    assert len(steps) <= MOST_VALUES // (2 * 4)
    assert (steps[0], steps[1], steps[-1]) == (0, 2, points - 1)
    assert data["languages"]["sw"]["values"][1] == pytest.approx([-one for one in steps], rel=1e-4)


def test_names_cannot_end_the_script(small: dict[str, Any]) -> None:
    small["languages"]["en"]["name"] = "</script><script>"
    assert "</script" not in curve_data(small, LABELS)
