import json
from typing import Any

import pytest
from changed import changed, renamed

from pipeline.evaluate.report import Report
from pipeline.report.runs.curves import MOST_VALUES, curve_data

LABELS = ["dense", "Switch"]


def test_small_curves_are_whole(small: Report) -> None:
    data = json.loads(curve_data(small, LABELS))
    assert data["models"] == LABELS
    assert data["costs"][1] == {"steps": [100, 200], "seconds": [30, 60], "flops": [1e9, 2e9]}
    english = data["languages"]["en"]
    assert english["name"] == "English"
    assert english["values"] == [[-5.0, -4.0], [-4.0, -3.0]]
    assert english["speedups"][0]["status"] == "by_first_validation"
    assert english["speedups"][0]["steps"] == pytest.approx(2.0)
    assert data["mean"]["values"][1] == pytest.approx([-4.5, -3.8333], abs=1e-4)


def test_long_curves_are_thinned_evenly_with_both_ends(small: Report) -> None:
    points = 2 * MOST_VALUES // (2 * 4)
    values = [float(-i) for i in range(points)]

    def lengthen(content: dict[str, Any]) -> None:
        for entry in content["languages"].values():
            for model in entry["models"].values():
                model["curve"] = values
        for model in content["models"].values():
            costs = {unit: list(range(points)) for unit in model["validations"]}
            model["validations"] = costs
            model["curve"] = costs | {"neg_log_perplexity": values}

    data = json.loads(curve_data(changed(small, lengthen), LABELS))
    steps = data["costs"][0]["steps"]
    assert len(steps) <= MOST_VALUES // (2 * 4)
    assert (steps[0], steps[1], steps[-1]) == (0, 2, points - 1)
    assert data["languages"]["sw"]["values"][1] == pytest.approx([-one for one in steps], rel=1e-4)


def test_names_cannot_end_the_script(small: Report) -> None:
    assert "</script" not in curve_data(renamed(small, "en", "</script><script>"), LABELS)
