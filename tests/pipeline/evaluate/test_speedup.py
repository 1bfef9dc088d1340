import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluate.runs.metrics import Cost
from pipeline.evaluate.speedup import Point, Status, speedup


def curve(*points: tuple[float, float], seconds_per_step: float = 2.0) -> list[Point]:
    """(step, negative log perplexity) pairs; 10 FLOPs a step."""
    return [
        Point(Cost(step, step * seconds_per_step, step * 10), quality) for step, quality in points
    ]


BASELINE = curve((100, -5.0), (200, -4.0), (400, -3.0))


def test_interpolates_between_validations() -> None:
    # The model is at -4 after 100 steps and -2 after 200, so at -3 after 150: 400 / 150.
    found = speedup(BASELINE, curve((100, -4.0), (200, -2.0), seconds_per_step=4.0))
    assert found.status is Status.REACHED
    assert found.reached_at == Cost(150, 600, 1500)
    assert found.steps == pytest.approx(400 / 150)
    assert found.seconds == pytest.approx(800 / 600)
    assert found.flops == pytest.approx(4000 / 1500)


def test_a_tie_at_the_end_is_reached_with_no_speed_up() -> None:
    found = speedup(BASELINE, BASELINE)
    assert (found.status, found.steps, found.seconds) == (Status.REACHED, 1.0, 1.0)


def test_a_tie_on_a_validation_counts_at_that_validation() -> None:
    found = speedup(BASELINE, curve((100, -4.0), (200, -3.0), (400, -2.0)))
    assert found.steps == 2.0


def test_never_reached() -> None:
    found = speedup(BASELINE, curve((100, -5.0), (200, -4.0), (400, -3.0001)))
    assert found.status is Status.NOT_REACHED
    assert (found.reached_at, found.steps, found.seconds, found.flops) == (None, None, None, None)


def test_reached_late_by_a_longer_run_is_a_slow_down() -> None:
    found = speedup(BASELINE, curve((400, -4.0), (800, -2.0)))
    assert found.steps == pytest.approx(400 / 600)


def test_crossing_twice_counts_the_first() -> None:
    # Over -3 at 150 steps, under it again at 300, over it for good at 350.
    twice = curve((100, -4.0), (200, -2.0), (300, -3.5), (400, -2.5))
    assert speedup(BASELINE, twice).steps == pytest.approx(400 / 150)


def test_one_validation_only() -> None:
    better = speedup(curve((400, -3.0)), curve((400, -2.0)))
    assert (better.status, better.steps) == (Status.BY_FIRST_VALIDATION, 1.0)
    assert speedup(curve((400, -3.0)), curve((400, -3.5))).status is Status.NOT_REACHED


def test_better_at_its_first_validation_is_a_lower_bound() -> None:
    found = speedup(BASELINE, curve((50, -2.9), (100, -2.5)))
    assert (found.status, found.steps) == (Status.BY_FIRST_VALIDATION, 8.0)


def test_step_zero_validation_is_a_point_of_the_curve() -> None:
    # From -11 at 0 to -1 at 100 steps: -3 at 80.
    found = speedup(BASELINE, curve((0, -11.0), (100, -1.0)))
    assert (found.status, found.steps) == (Status.REACHED, pytest.approx(5.0))


def test_there_before_training_has_no_finite_speed_up() -> None:
    found = speedup(BASELINE, curve((0, -2.0), (100, -1.0)))
    assert (found.status, found.steps, found.seconds) == (Status.AT_START, None, None)


def test_no_time_measured_gives_no_time_speed_up() -> None:
    found = speedup(BASELINE, curve((100, -4.0), (200, -2.0), seconds_per_step=0.0))
    assert found.steps == pytest.approx(400 / 150)
    assert found.seconds is None


qualities = st.lists(st.floats(-10, -0.1), min_size=2, max_size=8)


@given(qualities, st.floats(-10, -0.1))
def test_agrees_with_a_walk_in_small_steps(values: list[float], target: float) -> None:
    """Independent reference: follow the polyline in steps of a thousandth."""
    model = curve(*((100 * (index + 1), value) for index, value in enumerate(values)))
    found = speedup(curve((1000, target)), model)
    walked = _walk(values, target)
    if walked is None:
        assert found.status is Status.NOT_REACHED or max(values) - target < 1e-6
    else:
        assert found.reached_at is not None
        assert found.reached_at.steps == pytest.approx(walked, abs=0.11)


def _walk(values: list[float], target: float) -> float | None:
    for index, (start, end) in enumerate(itertools.pairwise(values)):
        for thousandth in range(1001):
            if start + (end - start) * thousandth / 1000 >= target:
                return 100 * (index + 1 + thousandth / 1000)
    return None
