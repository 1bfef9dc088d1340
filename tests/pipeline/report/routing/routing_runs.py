"""A dense and two Switch runs of three languages, whose routers are told by hand."""

from pathlib import Path
from typing import Any

import fake_runs

from pipeline.evaluate.comparison import build_comparison, build_pair
from pipeline.evaluate.report import Report
from pipeline.evaluate.runs.metrics import Run, read_run

CODES = ["en", "fr", "sw"]
# [router, language, expert]: the first router knows Swahili, the second tells no language.
CHOSEN = [[[90, 10], [80, 20], [0, 100]], [[50, 50], [50, 50], [50, 50]]]
DROPPED = [[[9, 0], [0, 0], [0, 50]], [[0, 0], [0, 0], [0, 0]]]


def runs(folder: Path) -> tuple[Run, Run, Run]:
    """Dense, Switch, and a second Switch with one router, four experts and nothing dropped."""
    dense = _run(folder / "dense")
    switch = _run(folder / "switch", architecture="switch_tiny", experts=2)
    fake_runs.write_routing(switch, 100, CODES, CHOSEN, dropped=DROPPED)
    other = _run(folder / "other", architecture="switch_mini", experts=4)
    fake_runs.write_routing(other, 100, CODES, [[[10, 20, 30, 40]] * 3])
    return read_run(dense), read_run(switch), read_run(other)


def pair(folder: Path) -> Report:
    dense, switch, _ = runs(folder)
    return build_pair(dense, switch)


def comparison(folder: Path) -> Report:
    found = runs(folder)
    return build_comparison(found, found[0])


def _run(folder: Path, **header: Any) -> Path:
    validation = fake_runs.valid(100, 20, 1e9, en=-4.0, fr=-4.1, sw=-4.2)
    return fake_runs.write_run(folder, fake_runs.header(**header), validation)
