from pathlib import Path

import fake_runs
import pytest

from pipeline.evaluate.comparison import build_comparison, build_pair
from pipeline.evaluate.report import Report
from pipeline.evaluate.runs.metrics import Run, read_run

# ja: 6 of 20 choices dropped over both routers; en: 1 of 20.
CHOSEN = [[[9, 1], [1, 9]], [[6, 4], [2, 8]]]
DROPPED = [[[1, 0], [0, 4]], [[0, 0], [0, 2]]]
FINAL = fake_runs.valid(100, 20, 1e9, en=-4.0, ja=-4.0)


def sparse(folder: Path, factor: object, seed: int = 1, counted: bool = True) -> Run:
    config = {"model": {"experts": 2, "eval_capacity_factor": factor}, "command": []}
    header = fake_runs.header(architecture="switch_tiny", experts=2, config=config, seed=seed)
    run = fake_runs.write_run(folder / f"switch{seed}", header, FINAL)
    if counted:
        fake_runs.write_routing(run, 100, ["en", "ja"], CHOSEN, dropped=DROPPED)
    return read_run(run)


@pytest.fixture
def dense(tmp_path: Path) -> Run:
    config = {"model": {"experts": 0, "eval_capacity_factor": 2.0}, "command": []}
    return read_run(fake_runs.write_run(tmp_path / "dense", fake_runs.header(config=config), FINAL))


def test_a_capacity_is_said_with_the_share_dropped_by_language(dense: Run, tmp_path: Path) -> None:
    report = build_pair(dense, sparse(tmp_path, 2.0))
    capacity = report.validation_capacity["model"]
    assert (capacity.factor, capacity.dropped) == ("2.0", {"ja": 0.3, "en": 0.05})
    (note,) = report.notes
    assert "The model was validated with an expert capacity of 2.0 times" in note
    assert "ja 30.0 %, en 5.0 %" in note
    assert Report.from_json(report.to_json(), "report.json") == report


def test_seeds_add_up(dense: Run, tmp_path: Path) -> None:
    seeds = [sparse(tmp_path, 2.0, seed=seed) for seed in (1, 2)]
    report = build_comparison([dense, *seeds], dense)
    assert report.validation_capacity["switch_tiny"].dropped == {"ja": 0.3, "en": 0.05}


def test_without_counts_the_capacity_is_said_alone(dense: Run, tmp_path: Path) -> None:
    report = build_pair(dense, sparse(tmp_path, 1.25, counted=False))
    assert report.validation_capacity["model"].dropped is None
    assert "what it dropped is not known" in report.notes[0]


def test_dropless_and_dense_models_have_none(dense: Run, tmp_path: Path) -> None:
    report = build_pair(dense, sparse(tmp_path, None))
    assert (report.validation_capacity, report.notes) == ({}, [])
