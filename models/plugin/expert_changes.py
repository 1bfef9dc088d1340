"""The share of validation tokens whose expert changed since the validation before, by router.

Every validation of a run reads the same sequences in the same order, so experts are compared place
by place. They are kept in memory, and in `experts.npz` for a run that goes on; each process keeps
those of its own sequences.
Shapes: R routers, S sequences, T tokens of all routers.
"""

import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from models.formats.run_folder import EXPERTS, whole_file
from models.layers.experts.router import processes

MOST_TOKENS = 2**20  # before one router that are compared: 1 MB with up to 256 experts
_DAMAGES = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)


class Choices(NamedTuple):
    """The experts of a validation's tokens, first choices, router by router."""

    sequences: np.ndarray  # int64 [S] numbers, in the order in which they were read
    tokens: np.ndarray  # int64 [R]
    experts: np.ndarray  # uint8 or uint16 [T]


class Changes(NamedTuple):
    """A validation beside the one before it."""

    step: int
    choices: Choices
    changed: np.ndarray  # int64 [R] tokens whose expert changed
    compared: np.ndarray  # int64 [R] tokens; 0 where there is nothing to compare with


class ExpertChanges:
    """The choices of the last validation of a run."""

    def __init__(self, folder: Path) -> None:
        rank = torch.distributed.get_rank() if processes() > 1 else 0
        name = Path(EXPERTS)
        self.path = folder / (f"{name.stem}-{rank}{name.suffix}" if rank else name)
        self.last: Changes | None = None

    def go_on(self) -> None:
        """Read what the run kept before it was stopped; a damaged file counts as none."""
        try:
            with np.load(self.path, allow_pickle=False) as file:
                step, *arrays = (file[name] for name in ("step", *Choices._fields))
                counts = file["changed"], file["compared"]
                self.last = Changes(int(step), Choices(*arrays), *counts)
        except _DAMAGES:
            self.last = None

    def shares(self, step: int, choices: Choices) -> list[float | None]:
        """Compare a validation with the last one before it, and keep it for the next.

        Args:
            step: of the validation. The same step again (the end of an epoch) has the same shares.
            choices: of this process.

        Returns:
            For each router the share of all processes' tokens whose expert changed. None where
            there is nothing to compare: in a first validation, behind validations that a killed
            run had made beyond its checkpoint, and with another number of processes.
        """
        if self.last and self.last.step == step:
            counts = self.last.changed, self.last.compared
        else:
            before = self.last.choices if self.last and self.last.step < step else None
            counts = changed_tokens(before, choices)
        self.last = Changes(step, choices, *counts)
        self.write(self.last)
        totals = torch.from_numpy(np.stack(counts))
        if processes() > 1:
            totals = totals.to(_device_of_sums())
            torch.distributed.all_reduce(totals)
        rows = totals.t().tolist()
        return [changed / compared if compared else None for changed, compared in rows]

    def write(self, changes: Changes) -> None:
        """Write the file; the next validation replaces it."""
        arrays = {**changes.choices._asdict(), **changes._asdict()}
        del arrays["choices"]
        with whole_file(self.path) as temporary, temporary.open("wb") as file:
            np.savez(file, **arrays)


def changed_tokens(before: Choices | None, now: Choices) -> tuple[np.ndarray, np.ndarray]:
    """For each router tokens with another expert than before, and tokens compared: int64 [R].

    Zeros without choices before, or if those are of other sequences.
    """
    nothing = np.zeros_like(now.tokens)
    if before is None or not all(
        map(np.array_equal, (before.sequences, before.tokens), (now.sequences, now.tokens))
    ):
        return nothing, nothing
    changed = before.experts != now.experts
    parts = np.split(changed, np.cumsum(now.tokens)[:-1])
    return np.array([part.sum() for part in parts], dtype=np.int64), now.tokens


def sampled_every(sequences: int, tokens: float) -> int:
    """Every how many-th sequence is compared, for so many sequences with so many tokens each."""
    return max(1, -int(-sequences * tokens // MOST_TOKENS))


def _device_of_sums() -> torch.device:
    backend = torch.distributed.get_backend()
    return torch.device("cuda" if backend == "nccl" else "cpu")
