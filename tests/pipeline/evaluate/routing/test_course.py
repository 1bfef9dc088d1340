from pathlib import Path
from typing import Any

import fake_runs
import pytest

from langs.errors import InputError
from pipeline.evaluate.routing.course import RouterCourse, RoutingCourse, routing_course
from pipeline.evaluate.runs.metrics import Run, read_run


def run(folder: Path, *routers: object, **header: Any) -> Run:
    """A run with a validation for each of `routers`."""
    lines = [
        fake_runs.valid(100 * number, 20, 1e9, en=-4.0) | ({"routers": told} if told else {})
        for number, told in enumerate(routers, start=1)
    ]
    return read_run(fake_runs.write_run(folder, fake_runs.header(**header), *lines))


def state(gate: object, changed: object = None) -> dict[str, object]:
    return {"mean_gate": gate, "changed_share": changed}


def test_by_router_and_validation(tmp_path: Path) -> None:
    first = {"encoder 2": state(0.125), "decoder 2": state(0.25)}
    second = {"encoder 2": state(0.5, 0.75), "decoder 2": state(0.375, 0)}
    sparse = run(tmp_path / "sparse", first, second, experts=8)
    dense = run(tmp_path / "dense", None, None)
    assert routing_course({"a": sparse, "b": dense}) == {
        "a": RoutingCourse(
            experts=8,
            steps=[100, 200],
            routers=[
                RouterCourse("encoder 2", [0.125, 0.5], [None, 0.75]),
                RouterCourse("decoder 2", [0.25, 0.375], [None, 0]),
            ],
        )
    }


def test_validations_of_an_older_release_are_passed_over(tmp_path: Path) -> None:
    """A run that was started with metrics that did not tell it, and went on with ours."""
    mixed = run(tmp_path, None, {"encoder 2": state(0.5)}, {"encoder 2": state(0.5, 0.1)})
    (course,) = routing_course({"a": mixed}).values()
    assert course.steps == [200, 300]
    assert course.routers == [RouterCourse("encoder 2", [0.5, 0.5], [None, 0.1])]


@pytest.mark.parametrize(
    ("routers", "words"),
    [
        ([1], '"routers" must be an object'),
        ({"encoder 2": 1}, 'line 2: router "encoder 2" must be an object'),
        ({"encoder 2": {}}, 'line 2, router encoder 2: "mean_gate" must be a number'),
        ({"encoder 2": state(0.5, "much")}, '"changed_share" must be a number'),
        ({"encoder 2": state(float("nan"))}, '"mean_gate" is nan'),
    ],
)
def test_broken_values(tmp_path: Path, routers: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        run(tmp_path, routers)
