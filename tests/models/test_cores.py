"""Cores by affinity and by the quota of control groups, version 1 and 2."""

import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from models import cores


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def membership(folder: Path, text: str) -> Path:
    path = folder / "cgroup"
    path.write_text(text)
    return path


def test_no_groups_means_the_affinity(tmp_path: Path) -> None:
    assert cores.available(tmp_path / "none", tmp_path) == len(os.sched_getaffinity(0))


def test_affinity_of_one_core_is_one_core() -> None:
    code = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); "
    code += "from models import cores; print(cores.available())"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout == "1\n"


@pytest.mark.parametrize(
    ("own", "above", "granted"),
    [
        ("150000 100000", "max 100000", 1.5),
        ("max 100000", "max 100000", math.inf),
        ("400000 100000", "50000 100000", 0.5),
        ("", "300000 100000", 3.0),
    ],
)
def test_version_2_takes_the_least_of_the_groups_above(
    tmp_path: Path, own: str, above: str, granted: float
) -> None:
    root = tmp_path / "fs"
    write(root / "a.slice" / "cpu.max", above)
    write(root / "a.slice" / "b.scope" / "cpu.max", own)
    assert cores.quota(membership(tmp_path, "0::/a.slice/b.scope\n"), root) == granted


def test_a_container_sees_its_limit_at_the_root(tmp_path: Path) -> None:
    write(tmp_path / "fs" / "cpu.max", "200000 100000\n")
    assert cores.quota(membership(tmp_path, "0::/\n"), tmp_path / "fs") == 2.0


def test_version_1_reads_quota_and_period(tmp_path: Path) -> None:
    group = tmp_path / "fs" / "cpu" / "docker" / "1f"
    write(group / "cpu.cfs_quota_us", "50000")
    write(group / "cpu.cfs_period_us", "100000")
    lines = membership(tmp_path, "3:cpu,cpuacct:/docker/1f\n1:name=systemd:/\n")
    assert cores.quota(lines, tmp_path / "fs") == 0.5
    write(group / "cpu.cfs_quota_us", "-1")
    assert cores.quota(lines, tmp_path / "fs") == math.inf


def test_a_quota_under_a_core_still_gives_one(tmp_path: Path) -> None:
    write(tmp_path / "fs" / "cpu.max", "10000 100000")
    assert cores.available(membership(tmp_path, "0::/\n"), tmp_path / "fs") == 1
