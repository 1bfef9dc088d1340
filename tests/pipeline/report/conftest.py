from pathlib import Path

import fake_runs
import pytest

from pipeline.evaluate.comparison import build_pair
from pipeline.evaluate.report import Report
from pipeline.evaluate.runs.metrics import read_run


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A dense and a Switch run of 100 languages and 12 validations."""
    return fake_runs.write_realistic_pair(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="session")
def report(runs: tuple[Path, Path]) -> Report:
    dense, switch = runs
    return build_pair(read_run(dense), read_run(switch))


@pytest.fixture
def small(tmp_path: Path) -> Report:
    """Three languages: English at twice the speed, French a tie, Swahili not reached."""
    dense = fake_runs.write_run(
        tmp_path / "dense",
        fake_runs.header(),
        fake_runs.valid(100, 20, 1e9, en=-5.0, fr=-5.0, sw=-5.0),
        fake_runs.valid(200, 40, 2e9, en=-4.0, fr=-4.0, sw=-4.0),
    )
    switch = fake_runs.write_run(
        tmp_path / "switch",
        fake_runs.header(architecture="switch_tiny", experts=8),
        fake_runs.valid(100, 30, 1e9, en=-4.0, fr=-4.5, sw=-5.0),
        fake_runs.valid(200, 60, 2e9, en=-3.0, fr=-4.0, sw=-4.5),
    )
    return build_pair(read_run(dense), read_run(switch))
