"""Stored probabilities of a teacher: for each target token its K most probable pieces.

    DIR/index.json               see Index; there when all is stored
    DIR/parts/00000/             the sequences of some consecutive training batches
        numbers.npy              int64 [sequences], their numbers in the order of training
        checks.npy               uint32 [sequences], CRC-32 of their tokens
        starts.npy               int64 [sequences + 1], where the tokens of each begin
        ids.npy                  uint16, or int32 beyond 65,536 pieces, [tokens, K], best first
        log_probabilities.npy    float16 [tokens, K], nats

Parts are whole or not there; arrays are read in place (memory maps). Shapes: B sequences,
T target positions, K pieces.
"""

import json
import os
import shutil
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from langs.errors import InputError
from models.data.dictionary import PAD
from models.formats.run_folder import whole_file

INDEX, PARTS = "index.json", "parts"
FORMAT = 1  # rises when a file changes its meaning
ARRAYS = ("numbers", "checks", "starts", "ids", "log_probabilities")
_AGAIN = "store them again with mswitch distill --store"


@dataclass(frozen=True)
class Index:
    """Description of a store; `order` holds the settings from which its sequences follow."""

    order: dict[str, Any]  # the task's data_order
    vocabulary_size: int
    top: int  # K
    sequences: int
    tokens: int
    mean_mass: float  # of the K pieces, mean over tokens; the rest is the tail
    format: int = FORMAT


class Stored(NamedTuple):
    """The stored pieces of one sequence."""

    number: int
    check: int
    ids: np.ndarray  # int64 [T, K]
    log_probabilities: np.ndarray  # float32 [T, K]


def checks(sample: dict[str, Any]) -> list[int]:
    """CRC-32 of each sequence's source and target tokens, padding left out."""
    sides = sample["net_input"]["src_tokens"], sample["target"]
    return [
        zlib.crc32(b"".join(row[row != PAD].cpu().numpy().tobytes() for row in pair))
        for pair in zip(*sides, strict=True)
    ]


def id_type(vocabulary_size: int) -> np.dtype:
    """The type of stored ids: the smaller one where the vocabulary allows."""
    return np.dtype(np.uint16 if vocabulary_size <= 2**16 else np.int32)


def token_bytes(vocabulary_size: int, top: int) -> int:
    """Bytes of one target token on disk."""
    return top * (id_type(vocabulary_size).itemsize + np.dtype(np.float16).itemsize)


def write_part(folder: Path, number: int, rows: Sequence[Stored], vocabulary_size: int) -> None:
    """Write a part of the store, whole or not at all."""
    final = part_folder(folder, number)
    partial = final.with_suffix(".tmp")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    lengths = [len(row.ids) for row in rows]
    arrays: tuple[np.ndarray, ...] = (
        np.array([row.number for row in rows], dtype=np.int64),
        np.array([row.check for row in rows], dtype=np.uint32),
        np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        np.concatenate([row.ids for row in rows]).astype(id_type(vocabulary_size)),
        np.concatenate([row.log_probabilities for row in rows]).astype(np.float16),
    )
    for name, array in zip(ARRAYS, arrays, strict=True):
        np.save(partial / f"{name}.npy", array)
    os.replace(partial, final)


def write_index(folder: Path, index: Index) -> None:
    """Write the index, which marks a store as complete."""
    with whole_file(folder / INDEX) as temporary:
        temporary.write_text(json.dumps(asdict(index), indent=1) + "\n")


def part_folder(folder: Path, number: int) -> Path:
    """The folder of a part."""
    return folder / PARTS / f"{number:05d}"


class Store:
    """Stored probabilities, found by the number of a sequence."""

    def __init__(self, folder: Path) -> None:
        """Raises InputError for a folder that is not a whole store."""
        self.folder = folder
        self.index = read_index(folder)
        self.parts = list(read_parts(folder))
        by_part = [part["numbers"] for part in self.parts]
        numbers = np.concatenate(by_part) if by_part else np.zeros(0, np.int64)
        if len(numbers) != self.index.sequences:
            raise InputError(f"{folder}: parts are missing; {_AGAIN}")
        self.order = np.argsort(numbers, kind="stable")
        self.numbers = numbers[self.order]
        self.firsts = np.cumsum([0, *map(len, by_part)])  # place of each part's first sequence

    def read(self, number: int) -> Stored:
        """The sequence of a number. Raises InputError if it is not stored."""
        place = int(np.searchsorted(self.numbers, number))
        if place == len(self.numbers) or self.numbers[place] != number:
            raise InputError(
                f"{self.folder}: sequence {number:,} is not stored ({len(self.numbers):,} are); "
                "store as many steps and sequences a batch as training takes"
            )
        row = int(self.order[place])
        part = int(np.searchsorted(self.firsts, row, side="right")) - 1
        row -= int(self.firsts[part])
        arrays = self.parts[part]
        tokens = slice(*arrays["starts"][row : row + 2])
        return Stored(
            number,
            int(arrays["checks"][row]),
            arrays["ids"][tokens].astype(np.int64),
            arrays["log_probabilities"][tokens].astype(np.float32),
        )

    def batch(self, sample: dict[str, Any]) -> tuple[Tensor, Tensor]:
        """ids int64 and log probabilities float32, [B, T, K], of a batch; 0 in padding.

        Raises InputError for a sequence that is not stored, or was stored with other tokens.
        """
        shape = *sample["target"].shape, self.index.top
        ids, values = torch.zeros(shape, dtype=torch.int64), torch.zeros(shape)
        sequences = zip(sample["id"].tolist(), checks(sample), strict=True)
        for place, (number, check) in enumerate(sequences):
            row = self.read(number)
            if row.check != check:
                raise InputError(
                    f"{self.folder}: sequence {number:,} is not the one that was stored; {_AGAIN} "
                    "from the data of this training"
                )
            ids[place, : len(row.ids)] = torch.from_numpy(row.ids)
            values[place, : len(row.ids)] = torch.from_numpy(row.log_probabilities)
        return ids, values


def read_index(folder: Path) -> Index:
    """The index of a store. Raises InputError if it is missing, damaged or of another version."""
    try:
        index = Index(**json.loads((folder / INDEX).read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise InputError(
            f"{folder}: no complete probabilities there; run mswitch distill --store into it first"
        ) from None
    except (ValueError, TypeError):
        raise InputError(f"{folder / INDEX} is damaged; {_AGAIN}") from None
    if index.format != FORMAT:
        raise InputError(f"{folder} was written by another version; {_AGAIN}")
    return index


def read_parts(folder: Path) -> Iterator[dict[str, np.ndarray]]:
    """The arrays of every part, as memory maps. Raises InputError for a damaged one."""
    for place in sorted((folder / PARTS).glob("*[0-9]")):
        try:
            arrays = {
                name: np.load(place / f"{name}.npy", mmap_mode="r", allow_pickle=False)
                for name in ARRAYS
            }
        except (OSError, ValueError) as error:
            raise InputError(f"{place} is damaged ({error}); {_AGAIN}") from None
        yield arrays
