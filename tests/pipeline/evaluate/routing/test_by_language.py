import math
from pathlib import Path

import fake_runs
import pytest

from pipeline.evaluate.routing.by_language import routing_by_language
from pipeline.evaluate.runs.metrics import Run, read_run
from pipeline.stages.typed_json import to_json

# en and fr are at home with expert 0 in both routers, sw with expert 1.
CHOSEN = [[[9, 1], [1, 9], [8, 2]], [[6, 4], [2, 8], [6, 4]]]
DROPPED = [[[3, 0], [0, 0], [1, 0]], [[0, 0], [0, 0], [0, 0]]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    folder = fake_runs.write_run(
        tmp_path / "switch",
        fake_runs.header(architecture="switch_tiny", experts=2),
        fake_runs.valid(100, 20, 1e9, en=-4.0, sw=-4.0, fr=-4.0),
    )
    fake_runs.write_routing(folder, 100, ["en", "sw", "fr"], CHOSEN, dropped=DROPPED)
    return read_run(folder)


def test_by_hand(run: Run) -> None:
    found = to_json(routing_by_language({"model": run})["model"])
    assert found["experts"] == 2
    assert found["languages"] in (["en", "fr", "sw"], ["sw", "fr", "en"])
    assert [code for code, _ in found["nearest"]["en"]] == ["fr", "sw"]
    assert found["merges"][0][:2] in ([0, 1], [1, 2])
    encoder, decoder = found["routers"]
    assert (encoder["router"], decoder["router"]) == ("encoder 2", "decoder 2")
    rows = {code: index for index, code in enumerate(found["languages"])}
    assert encoder["shares"][rows["sw"]] == [0.1, 0.9]
    assert encoder["dropped"][rows["en"]] == 0.3
    assert encoder["dropped_share"] == pytest.approx(4 / 30)
    assert encoder["load"] == pytest.approx([18 / 30, 12 / 30])
    leaning = -(0.9 * math.log(0.9) + 0.1 * math.log(0.1))
    assert encoder["entropy"][rows["en"]] == pytest.approx(leaning)
    assert encoder["mutual_information"] > decoder["mutual_information"] > 0
    assert encoder["tokens"] == [10, 10, 10]


def test_runs_without_the_file_are_left_out(run: Run) -> None:
    (run.path / "routing.npz").unlink()
    assert routing_by_language({"baseline": run, "model": run}) == {}
