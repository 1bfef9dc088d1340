"""How many stages go on at once, and the share of the machine that each has."""

import os
import re
import subprocess
from collections.abc import Sequence

from models import cores

_IDENTIFIER = re.compile(r"UUID: ((?:GPU|MIG)-[^)]+)\)")
_LIST_SECONDS = 30.0


def jobs(asked: int, most: int, gpus: Sequence[str]) -> int:
    """Number of stages at once: `asked`, or one a GPU, or one a core if that is 0.

    most: stages that can go on at once at all; more places would only make the shares smaller.
    """
    return min(asked or len(gpus) or cores.available(), most)


def environments(places: int, gpus: Sequence[str]) -> list[dict[str, str]]:
    """The variables of a stage in each place: all that are ours, and its share of the machine.

    Alone a stage has the whole machine. Among others it has its part of the cores as threads, and
    one GPU, so that the number of places does not change what a training computes. A number of
    threads that the user has set stays.
    """
    if places == 1:
        return [dict(os.environ)]
    threads = max(1, cores.available() // places)
    share = {"OMP_NUM_THREADS": str(threads), **os.environ}
    if not gpus:
        return [share] * places
    return [{**share, "CUDA_VISIBLE_DEVICES": gpus[place % len(gpus)]} for place in range(places)]


def visible_gpus() -> list[str]:
    """Identifiers of the GPUs that this process may use, as CUDA_VISIBLE_DEVICES takes them.

    They are those of this variable, or all that `nvidia-smi` lists: of a GPU cut into parts (MIG)
    the parts. Without the program there is none.
    """
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is not None:
        return _leading(chosen)
    try:
        listed = subprocess.run(
            ["nvidia-smi", "-L"], capture_output=True, text=True, timeout=_LIST_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return listed_gpus(listed.stdout) if listed.returncode == 0 else []


def listed_gpus(text: str) -> list[str]:
    """The identifiers in the output of `nvidia-smi -L`, without GPUs that are cut into parts."""
    identifiers = _IDENTIFIER.findall(text)
    return [
        name
        for name, following in zip(identifiers, [*identifiers[1:], ""], strict=True)
        if name.startswith("MIG-") or not following.startswith("MIG-")
    ]


def _leading(devices: str) -> list[str]:
    """CUDA takes the devices before the first that is none, such as -1."""
    names: list[str] = []
    for name in devices.split(","):
        if not name.strip() or name.strip().startswith("-"):
            break
        names.append(name.strip())
    return names
