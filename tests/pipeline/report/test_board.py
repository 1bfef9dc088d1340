from pathlib import Path

import fake_runs
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from pipeline.evaluate.comparison import build_comparison
from pipeline.evaluate.report import Report
from pipeline.evaluate.runs.metrics import read_run
from pipeline.report.board import Board, gains
from pipeline.report.runs.curves import curves


def scalars(folder: Path) -> dict[str, dict[int, float]]:
    """{tag: {step: value}} of what TensorBoard reads in a folder."""
    events = EventAccumulator(str(folder))
    events.Reload()
    return {
        tag: {one.step: one.value for one in events.Scalars(tag)}
        for tag in events.Tags()["scalars"]
    }


def test_gains_at_each_validation_by_hand(small: Report, tmp_path: Path) -> None:
    Board(tmp_path).add(small)
    found = scalars(tmp_path / "switch_tiny")
    assert found["gain/en"] == pytest.approx({100: 1.0, 200: 1.0})
    assert found["gain/fr"] == pytest.approx({100: 0.5, 200: 0.0})
    assert found["gain/sw"] == pytest.approx({100: 0.0, 200: -0.5})
    assert found["summary/mean_gain"] == pytest.approx({100: 0.5, 200: 1 / 6})
    assert found["summary/share_better"] == pytest.approx({100: 2 / 3, 200: 1 / 3})
    # At step 100 all three are there by the first validation; at 200 as the report says.
    assert found["summary/mean_step_speedup"] == pytest.approx({100: 1.0, 200: 1.5})


def test_only_what_is_new_is_written(small: Report, tmp_path: Path) -> None:
    board = Board(tmp_path)
    board.add(small)
    before = next((tmp_path / "switch_tiny").iterdir()).stat().st_size
    board.add(small)
    assert next((tmp_path / "switch_tiny").iterdir()).stat().st_size == before
    assert next(gains(curves(small), 1, after=100))[0] == 200
    assert not list(gains(curves(small), 1, after=200))


def test_a_board_that_is_made_again_has_one_point_a_step(small: Report, tmp_path: Path) -> None:
    for _ in range(2):
        Board(tmp_path).add(small)
    events = EventAccumulator(str(tmp_path / "switch_tiny"))
    events.Reload()
    assert [point.step for point in events.Scalars("gain/en")] == [100, 200]


def test_a_model_each_has_its_folder_and_a_missing_language_no_point(tmp_path: Path) -> None:
    runs = {
        name: read_run(
            fake_runs.write_run(
                tmp_path / name,
                fake_runs.header(architecture=name, seed=1),
                fake_runs.valid(100, 20, 1e9, en=-5.0 + gain),
                fake_runs.valid(200, 40, 2e9, en=-4.0 + gain, sw=-4.0 + gain),
            )
        )
        for name, gain in (("dense", 0.0), ("a b/c", 0.5), ("worse", -0.5))
    }
    Board(tmp_path / "board").add(build_comparison(list(runs.values()), runs["dense"]))
    assert {one.name for one in (tmp_path / "board").iterdir()} == {"a_b_c", "worse"}
    found = scalars(tmp_path / "board" / "a_b_c")
    assert found["gain/en"] == {100: 0.5, 200: 0.5}
    assert found["gain/sw"] == {200: 0.5}
    assert "summary/mean_step_speedup" not in scalars(tmp_path / "board" / "worse")
