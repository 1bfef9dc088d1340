"""The cores that this process may use: its affinity, and the quota of its control group."""

import contextlib
import math
import os
from collections.abc import Callable
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")


def available(membership: Path = MEMBERSHIP, cgroups: Path = CGROUPS) -> int:
    """Number of cores that this process may use, at least 1.

    That is its affinity (taskset, Slurm), or less where a control group (Docker's --cpus,
    Kubernetes' limits) grants less processor time than so many cores have.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    return max(1, math.ceil(min(cores, quota(membership, cgroups))))


def quota(membership: Path, cgroups: Path) -> float:
    """Cores that control groups grant this process; infinity without a limit.

    Args:
        membership: a file as /proc/self/cgroup, lines of ID:CONTROLLERS:PATH.
        cgroups: where control groups are mounted, /sys/fs/cgroup.
    """
    limits = [math.inf]
    with contextlib.suppress(OSError):
        for line in membership.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if not controllers:
                limits += _limits(cgroups, path, _unified)
            elif "cpu" in controllers.split(","):
                limits += _limits(cgroups / "cpu", path, _legacy)
    return min(limits)


def _limits(root: Path, path: str, read: Callable[[Path], float]) -> list[float]:
    """The limits of a group and of every group around it (in a container: of its root)."""
    group = root / path.lstrip("/")
    limits = []
    for folder in (group, *group.parents):
        with contextlib.suppress(OSError, ValueError):
            limits.append(read(folder))
        if folder == root:
            break
    return limits


def _unified(group: Path) -> float:
    """The limit of a group of version 2: cpu.max holds quota and period, or max and period."""
    granted, period = (group / "cpu.max").read_text().split()
    return math.inf if granted == "max" else int(granted) / int(period)


def _legacy(group: Path) -> float:
    """The limit of a group of version 1: -1 is none."""
    granted, period = (
        int((group / f"cpu.cfs_{name}_us").read_text()) for name in ("quota", "period")
    )
    return granted / period if granted > 0 else math.inf
