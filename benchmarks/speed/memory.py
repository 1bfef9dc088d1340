"""Peak memory of a training step and of a command, each in a process of its own."""

import multiprocessing
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch

from . import peers
from .peers import Batch, Shape
from .rows import Bar, Row

MIB = 2**20
STATUS, CLEAR_REFS = Path("/proc/self/status"), Path("/proc/self/clear_refs")
RESET_PEAK = "5"  # see proc(5)
PEAK_OF = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def resident(field: str) -> int:
    """VmRSS (now) or VmHWM (peak) of this process, bytes; Linux."""
    found = re.search(rf"^{field}:\s+(\d+) kB", STATUS.read_text(), re.MULTILINE)
    if not found:
        raise OSError(f"no {field} in {STATUS}")
    return int(found[1]) * 1024


def step_peak(side: str, shape: Shape, experts: int, tokens: int, threads: int) -> int:
    """Bytes that two training steps add to a process that holds the model: activations,
    gradients and optimizer state."""
    torch.set_num_threads(threads)
    model = peers.ours(shape, experts) if side == "ours" else peers.theirs(shape, experts)
    run = peers.step(model, Batch.of(shape, tokens))
    before = resident("VmRSS")
    CLEAR_REFS.write_text(RESET_PEAK)
    run()
    run()
    return resident("VmHWM") - before


def memory_rows(
    shape: Shape, all_experts: tuple[int, ...], tokens: int, threads: int, limit: float
) -> list[Row]:
    """Peaks of both sides. A server that has only imported gives every model a fresh process."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["speed.peers"])
    section = f"peak memory of a step beyond the model, {tokens:,} tokens"
    rows = []
    with context.Pool(1, maxtasksperchild=1) as pool:
        for experts in all_experts:
            name = f"{experts} experts" if experts else "dense"
            theirs, ours = (
                pool.apply(step_peak, (side, shape, experts, tokens, threads)) / MIB
                for side in ("theirs", "ours")
            )
            bar = Bar("of transformers", ours / theirs, limit)
            rows += [
                Row(section, f"{name}, transformers", theirs, "MiB"),
                Row(section, name + (", dropless" if experts else ""), ours, "MiB", [bar]),
            ]
    return rows


class Told(NamedTuple):
    """Wall time and peak memory of a command."""

    seconds: float
    peak: int  # bytes


def mswitch() -> str:
    """The program that was installed with this Python."""
    return str(Path(sys.executable).with_name("mswitch"))


def command_peak(command: Sequence[str]) -> Told:
    """Run a command, without its output. Raises CalledProcessError if it fails."""
    started = time.perf_counter()
    # By way of a small process: Linux counts what the one that forks holds for the new one too.
    told = subprocess.run(
        [sys.executable, "-c", PEAK_OF, *command], check=True, stdout=subprocess.PIPE
    )
    return Told(time.perf_counter() - started, int(told.stdout) * 1024)


def describe_rows(name: str, seconds: float, mib: float) -> list[Row]:
    """Wall time and peak memory of `mswitch describe NAME`."""
    told = command_peak([mswitch(), "describe", name])
    took, peak = told.seconds, told.peak / MIB
    what = f"mswitch describe {name}"
    return [
        Row(what, "time", took, "s", [Bar("", took, seconds, unit=" s")]),
        Row(what, "peak memory", peak, "MiB", [Bar("", peak, mib, unit=" MiB")]),
    ]
