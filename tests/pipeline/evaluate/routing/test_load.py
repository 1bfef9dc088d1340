from pathlib import Path

import fake_runs
import pytest

from langs.errors import InputError
from pipeline.evaluate.routing.load import routing
from pipeline.evaluate.runs.metrics import Run, read_run

VALID = fake_runs.valid(400, 80, 4e9, en=-3.0)


def train(step: int, load: list[list[float]], dropped: float = 0.0) -> dict:
    line = {"kind": "train", "step": step, "loss": 5.0, "balance_loss": 0.01, "z_loss": 0.1}
    return line | {"dropped_fraction": dropped, "expert_load": load}


def run(folder: Path, *lines: dict) -> Run:
    return read_run(fake_runs.write_run(folder, fake_runs.header(experts=2), *lines, VALID))


def test_a_dense_run_has_none(tmp_path: Path) -> None:
    assert routing(run(tmp_path, {"kind": "train", "step": 1, "loss": 5.0})) is None


def test_load_is_the_mean_of_the_last_tenth(tmp_path: Path) -> None:
    early = [train(step, [[1.0, 0.0]]) for step in range(18)]
    late = [train(18, [[0.4, 0.6]]), train(19, [[0.6, 0.4]])]
    found = routing(run(tmp_path, *early, *late))
    assert found is not None
    assert found.expert_load == [[pytest.approx(0.5), pytest.approx(0.5)]]


def test_long_runs_are_thinned_by_means(tmp_path: Path) -> None:
    lines = [train(step, [[0.5, 0.5]], dropped=step % 2) for step in range(400)]
    found = routing(run(tmp_path, *lines))
    assert found is not None
    assert found.steps == list(range(1, 400, 2))
    assert set(found.dropped_fraction) == {0.5}


def test_load_that_changes_shape_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="changes its shape"):
        routing(run(tmp_path, train(1, [[0.5, 0.5]]), train(2, [[1.0]])))
