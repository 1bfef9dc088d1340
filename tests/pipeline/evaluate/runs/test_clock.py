"""Runs of 100 and 200 steps whose processor time is 20 and 40 s, wall clock half more."""

from pathlib import Path
from typing import Any

import fake_runs
import pytest

from pipeline.evaluate.comparison import build_comparison, build_pair
from pipeline.evaluate.runs.clock import Clock, on_one_clock
from pipeline.evaluate.runs.metrics import Run, read_run

CPU = {"type": "cpu", "processes": 1, "name": "AMD EPYC 7R13", "threads": 1}
GPU = {"type": "cuda", "processes": 1, "name": "NVIDIA H200", "id": "GPU-1"}
PROCESSOR, WALL = [20, 40], [30, 60]


def run(folder: Path, name: str, device: object, start: float = 0.0, **header: Any) -> Run:
    """A run with this device in its first line, whose lines are written from second `start` on."""
    lines = [fake_runs.valid(100, 20, 1e9, en=-5.0), fake_runs.valid(200, 40, 2e9, en=-4.0)]
    for line in lines:
        line["time"] += start
    first = fake_runs.header(device=device, architecture=name, **header)
    return read_run(fake_runs.write_run(folder / name, first, *lines))


def seconds(runs: list[Run]) -> list[list[float | None]]:
    return [[validation.cost.seconds for validation in each.validations] for each in runs]


def test_processor_time_on_a_cpu_also_side_by_side(tmp_path: Path) -> None:
    runs = [run(tmp_path, name, CPU) for name in ("a", "b")]
    clock, timed, notes = on_one_clock(runs, runs[0])
    assert (clock, seconds(timed), notes) == (Clock.PROCESSOR, [PROCESSOR, PROCESSOR], [])


def test_each_model_may_have_the_threads_that_suit_it(tmp_path: Path) -> None:
    runs = [run(tmp_path, "a", CPU), run(tmp_path, "b", CPU | {"threads": 2})]
    assert seconds(on_one_clock(runs, runs[0])[1])[1] == PROCESSOR


def test_wall_clock_on_gpus_one_run_after_the_other(tmp_path: Path) -> None:
    # 100 s each, from first line to last
    runs = [run(tmp_path, "a", GPU), run(tmp_path, "b", GPU, start=101)]
    clock, timed, notes = on_one_clock(runs, runs[0])
    assert (clock, seconds(timed), notes) == (Clock.WALL, [WALL, WALL], [])


def test_wall_clock_on_gpus_of_one_kind_at_the_same_time(tmp_path: Path) -> None:
    runs = [run(tmp_path, "a", GPU), run(tmp_path, "b", GPU | {"id": "GPU-2"})]
    assert on_one_clock(runs, runs[0])[0] is Clock.WALL


def test_runs_that_shared_a_gpu_have_no_time(tmp_path: Path) -> None:
    runs = [
        run(tmp_path, "alone", GPU),
        run(tmp_path, "first", GPU, start=200),
        run(tmp_path, "second", GPU, start=290),
    ]
    clock, timed, notes = on_one_clock(runs, runs[0])
    assert (clock, seconds(timed)) == (Clock.WALL, [WALL, [None, None], [None, None]])
    place = tmp_path / "second"
    assert (
        f"No times of {tmp_path / 'first'}: on the same GPU at the same time as {place}." in notes
    )


@pytest.mark.parametrize(
    ("device", "words"),
    [
        (CPU | {"name": "Intel Xeon"}, "not on the same device as"),
        (CPU | {"processes": 2}, "not on the same device as"),
        (GPU, "not on the same device as"),
        (None, "do not say on what device"),
        ("cpu", "do not say on what device"),
        ({"type": ["cpu"]}, "do not say on what device"),
    ],
)
def test_another_device_has_no_time(tmp_path: Path, device: object, words: str) -> None:
    runs = [run(tmp_path, "a", CPU), run(tmp_path, "b", device)]
    clock, timed, (note,) = on_one_clock(runs, runs[0])
    assert (clock, seconds(timed)) == (Clock.PROCESSOR, [PROCESSOR, [None, None]])
    assert note.startswith(f"No times of {tmp_path / 'b'}: ")
    assert words in note


def without_processor_time(folder: Path, name: str) -> Run:
    line = fake_runs.valid(200, 40, 2e9, en=-4.0)
    del line["processor_seconds"]
    first = fake_runs.header(architecture=name)
    return read_run(fake_runs.write_run(folder / name, first, line))


def test_a_baseline_without_time_leaves_none_to_the_others(tmp_path: Path) -> None:
    runs = [without_processor_time(tmp_path, "old"), run(tmp_path, "new", CPU)]
    clock, timed, notes = on_one_clock(runs, runs[0])
    assert (clock, seconds(timed)) == (None, [[None], [None, None]])
    assert any("do not tell processor time" in note for note in notes)
    assert f"No times of {tmp_path / 'new'}: the baseline {tmp_path / 'old'} has none." in notes


def test_the_report_says_its_clock_and_shows_no_wrong_number(tmp_path: Path) -> None:
    dense, switch = run(tmp_path, "a", CPU), run(tmp_path, "b", CPU, experts=8)
    report = build_pair(dense, switch).to_json()
    assert report["clock"] == "processor"
    assert report["languages"]["en"]["time_speedup"] == pytest.approx(1.0)
    assert report["models"]["model"]["seconds"] == 40

    old = build_pair(dense, without_processor_time(tmp_path, "c")).to_json()
    assert old["languages"]["en"]["step_speedup"] == pytest.approx(1.0)
    for figure in ("mean_time_speedup", "median_time_speedup", "step_time_ratio"):
        assert old["summary"][figure] is None
    assert old["languages"]["en"]["time_speedup"] is None
    assert old["models"]["model"]["steps_per_second"] is None
    assert old["models"]["baseline"]["seconds"] == 40
    assert any("do not tell processor time" in note for note in old["notes"])


def test_seeds_of_which_one_has_no_time_have_none(tmp_path: Path) -> None:
    baseline = run(tmp_path, "a", CPU)
    folder = tmp_path / "others"
    seeds = [run(folder / str(seed), "b", device, seed=seed)
             for seed, device in ((1, CPU), (2, None))]  # fmt: skip
    report = build_comparison([baseline, *seeds], baseline)
    assert report.models["b"].seconds is None
    assert report.models["b"].against.summary.mean_time_speedup is None
    assert report.models["a"].seconds == 40
