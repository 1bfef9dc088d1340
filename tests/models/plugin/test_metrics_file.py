import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch

from models.layers.experts.router import RoutingStatistics
from models.plugin.metrics_file import MetricsFile, Progress, Totals
from models.plugin.step_clock import Times

TIMES = Times(wall=1.0, processor=1.5)


def routing(balance: float, z: float, load: list[float], dropped: float) -> RoutingStatistics:
    return RoutingStatistics(*(torch.tensor(value) for value in (balance, z, load, dropped)))


def log(nll: float, targets: int, tokens: int, layers: list[RoutingStatistics]) -> dict[str, Any]:
    counted = {"nll": torch.tensor(nll), "ntokens": targets, "processed_tokens": tokens}
    return {**counted, "routing": layers}


LAYERS = [
    [routing(1.0, 0.5, [0.75, 0.25], 0.1), routing(2.0, 1.5, [0.5, 0.5], 0.0)],
    [routing(1.5, 0.0, [0.25, 0.75], 0.3), routing(1.0, 0.0, [1.0, 0.0], 0.0)],
]


def test_totals_by_hand() -> None:
    totals = Totals()
    totals.add([log(20.0, 4, 16, LAYERS[0]), log(40.0, 8, 30, LAYERS[1])], Times(0.5, 0.75))
    totals.add([log(30.0, 3, 10, LAYERS[0])], Times(0.25, 0.5))
    assert (totals.step, totals.tokens) == (2, 56)
    assert (totals.seconds, totals.processor_seconds) == (0.75, 1.25)
    means = totals.take_interval()
    assert means["loss"] == pytest.approx(90 / 15)
    first, second = (1.0 + 1.5 + 1.0) / 3, (2.0 + 1.0 + 2.0) / 3  # means over three batches
    assert means["balance_loss"] == pytest.approx((first + second) / 2)
    assert means["z_loss"] == pytest.approx((1.0 / 3 + 3.0 / 3) / 2)
    assert means["dropped_fraction"] == pytest.approx((0.5 / 3 + 0) / 2)
    assert means["expert_load"][0] == pytest.approx([1.75 / 3, 1.25 / 3])
    assert means["expert_load"][1] == pytest.approx([2 / 3, 1 / 3])


def test_an_interval_starts_anew() -> None:
    totals = Totals()
    totals.add([log(20.0, 4, 16, LAYERS[0])], TIMES)
    totals.take_interval()
    totals.add([log(3.0, 1, 2, LAYERS[1])], TIMES)
    means = totals.take_interval()
    assert means["loss"] == 3.0
    assert means["expert_load"] == [[0.25, 0.75], [1.0, 0.0]]
    assert totals.tokens == 18


def test_dense_runs_have_no_routing() -> None:
    totals = Totals()
    totals.add([log(20.0, 4, 16, [])], TIMES)
    assert totals.take_interval() == {"loss": 5.0}


def test_totals_go_on_where_they_were_saved() -> None:
    whole, first = Totals(), Totals()
    for totals in (whole, first):
        totals.add([log(20.0, 4, 16, LAYERS[0])], TIMES)
    saved = json.loads(json.dumps(asdict(first)))  # plain values, as a checkpoint holds them
    second = Totals(**saved)
    for totals in (whole, second):
        totals.add([log(2.0, 2, 5, LAYERS[1])], TIMES)
    assert second == whole
    assert second.take_interval() == whole.take_interval()


def test_processor_time_of_which_a_part_is_unknown_stays_unknown() -> None:
    totals = Totals(processor_seconds=None)
    totals.add([log(20.0, 4, 16, [])], TIMES)
    assert (totals.seconds, totals.processor_seconds) == (1.0, None)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_file_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.plugin.metrics_file.time.time", lambda: 1e9 + 0.1234)
    file = MetricsFile(tmp_path / "metrics.jsonl", flops_per_token=100.0)
    file.begin({"architecture": "t5_tiny"}, step=0)
    totals = Totals(step=2, tokens=50, seconds=1.23456, processor_seconds=2.34567)
    file.append("train", totals, {"loss": 3.5})
    totals.processor_seconds = None  # unknown
    file.append("valid", totals, {"languages": {"en": {"nll_sum": 1.0}}})
    counted = {"step": 2, "time": 1e9 + 0.123, "tokens": 50, "seconds": 1.235, "flops": 5000.0}
    assert lines(file.path) == [
        {"kind": "run", "architecture": "t5_tiny"},
        {"kind": "train", **counted, "processor_seconds": 2.346, "loss": 3.5},
        {"kind": "valid", **counted, "languages": {"en": {"nll_sum": 1.0}}},
    ]


def test_a_resumed_run_drops_what_lies_beyond_its_checkpoint(tmp_path: Path) -> None:
    file = MetricsFile(tmp_path / "metrics.jsonl", 1.0)
    file.begin({"seed": 1}, step=0)
    for step in (2, 4, 6):
        file.append("train", Totals(step=step), {})
        file.append("valid", Totals(step=step), {})
    with file.path.open("a") as broken:
        broken.write('{"kind": "train", "st')  # killed while writing
    file.begin({"seed": 2}, step=4)
    kept = [(line["kind"], line.get("step")) for line in lines(file.path)]
    assert kept == [("run", None), ("train", 2), ("valid", 2), ("train", 4), ("valid", 4)]
    assert lines(file.path)[0]["seed"] == 2  # of the command that goes on
    file.append("train", Totals(step=6), {})
    assert lines(file.path)[-1]["step"] == 6


def test_a_new_run_starts_a_new_file(tmp_path: Path) -> None:
    file = MetricsFile(tmp_path / "metrics.jsonl", 1.0)
    file.begin({"seed": 1}, step=0)
    file.append("train", Totals(step=2), {})
    file.begin({"seed": 2}, step=0)
    assert lines(file.path) == [{"kind": "run", "seed": 2}]
    file.path.unlink()
    file.begin({"seed": 3}, step=4)  # resumed, but somebody took the file away
    assert lines(file.path) == [{"kind": "run", "seed": 3}]


def test_progress_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([100.0, 110.0])
    monkeypatch.setattr("models.plugin.metrics_file.time.monotonic", lambda: next(clock))
    progress = Progress("switch", last_step=1400)
    progress.begin(Totals(step=1000, tokens=5000))  # resumed here: speeds count from here
    progress.show(Totals(step=1100, tokens=25000), loss=3.14159)
    # 100 steps in 10 s: 300 steps are 30 s; 20,000 tokens in 10 s.
    expected = "switch  step 1,100/1,400  loss 3.1416  2,000 tokens/s  0:30 left\n"
    assert capsys.readouterr().err == expected


def test_progress_without_an_end(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress("dense", last_step=0)
    progress.begin(Totals())
    progress.show(Totals(step=10, tokens=100), loss=2.0)
    error = capsys.readouterr().err
    assert error.startswith("dense  step 10  loss 2.0000  ")
    assert "left" not in error
