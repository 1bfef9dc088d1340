import os
import stat
from pathlib import Path

import pytest

from models import cores
from pipeline.run import shares

LISTED = """GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-aa-1)
  MIG 1g.5gb      Device  0: (UUID: MIG-cc-1)
  MIG 1g.5gb      Device  1: (UUID: MIG-cc-2)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-aa-2)
"""


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(cores, "available", lambda: 8)


@pytest.mark.parametrize(
    ("asked", "most", "gpus", "expected"),
    [
        (0, 20, [], 8),  # one a core
        (0, 20, ["0", "1"], 2),  # one a GPU
        (0, 3, [], 3),  # no more than can go on at once
        (5, 20, ["0"], 5),
        (5, 3, [], 3),
        (1, 3, ["0", "1"], 1),
    ],
)
def test_as_many_stages_as_asked_for_or_as_there_are_gpus_or_cores(
    asked: int, most: int, gpus: list[str], expected: int
) -> None:
    assert shares.jobs(asked, most, gpus) == expected


def test_a_stage_alone_has_all_variables_as_they_are() -> None:
    assert shares.environments(1, ["0", "1"]) == [dict(os.environ)]


def test_stages_side_by_side_share_the_cores() -> None:
    for places, threads in ((2, "4"), (3, "2"), (16, "1")):
        made = shares.environments(places, [])
        assert len(made) == places
        assert {variables["OMP_NUM_THREADS"] for variables in made} == {threads}
        assert not any("CUDA_VISIBLE_DEVICES" in variables for variables in made)


def test_what_the_user_has_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.setenv("LOGLEVEL", "INFO")
    first, _ = shares.environments(2, [])
    assert (first["OMP_NUM_THREADS"], first["LOGLEVEL"]) == ("7", "INFO")


def test_each_place_has_a_gpu_and_more_places_go_round() -> None:
    made = shares.environments(3, ["GPU-a", "GPU-b"])
    assert [variables["CUDA_VISIBLE_DEVICES"] for variables in made] == ["GPU-a", "GPU-b", "GPU-a"]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [("0,2", ["0", "2"]), ("", []), ("-1", []), ("1,-1,0", ["1"]), ("GPU-a, GPU-b", None)],
)
def test_gpus_that_the_user_chose(
    monkeypatch: pytest.MonkeyPatch, chosen: str, expected: list[str] | None
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", chosen)
    assert shares.visible_gpus() == (["GPU-a", "GPU-b"] if expected is None else expected)


def test_gpus_that_the_driver_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n[ $1 = -L ] && cat <<END\n{LISTED}END\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert shares.visible_gpus() == ["MIG-cc-1", "MIG-cc-2", "GPU-aa-2"]
    program.write_text("#!/bin/sh\necho 'GPU 0: x (UUID: GPU-a)'; exit 9\n")
    assert shares.visible_gpus() == []


def test_without_a_driver_there_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shares.visible_gpus() == []
