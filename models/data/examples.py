"""Pairs of sequences as fairseq takes them: a dataset of examples, and a batch of them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

import models.fairseq_compat  # noqa: F401  (before anything of fairseq)

# isort: split
from fairseq.data import FairseqDataset

from .dictionary import PAD


class Example(NamedTuple):
    """One sequence: int64 source and target, index of its language, its number in its set."""

    source: np.ndarray
    target: np.ndarray
    language: int
    number: int = 0
    translate: bool = False  # in the validation of a translator


class ExampleDataset(FairseqDataset):
    """What all our datasets share. Indices are sequence numbers."""

    def __getitem__(self, index: int) -> Example:
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError

    def ordered_indices(self) -> np.ndarray:
        """Sequences in their own order: int64 [len]."""
        return np.arange(len(self))

    def collater(self, examples: Sequence[Example]) -> dict[str, Any]:
        """fairseq's batch: right-padded int64 tensors [B, positions].

        `languages` and `id`, the sequences' numbers, are int64 [B].

        The decoder's input is the target behind the start token, and padding where the target is:
        the last end-of-sentence is no input, so that padding adds no token to be routed.
        No examples (an uneven last batch on many devices) give fairseq's empty batch.
        """
        if not examples:
            return {}
        source = pad_right([e.source for e in examples])
        target = pad_right([e.target for e in examples])
        start = target.new_full((len(examples), 1), PAD)
        previous = torch.cat([start, target[:, :-1]], dim=1).masked_fill(target == PAD, PAD)
        return {
            "net_input": {
                "src_tokens": source,
                "prev_output_tokens": previous,
            },
            "target": target,
            "languages": torch.tensor([e.language for e in examples]),
            "id": torch.tensor([e.number for e in examples]),
            "nsentences": len(examples),
            "ntokens": int((target != PAD).sum()),
        }


def pad_right(rows: Sequence[np.ndarray]) -> torch.Tensor:
    """int64 [rows, longest]."""
    out = np.full((len(rows), max(map(len, rows))), PAD, dtype=np.int64)
    for i, row in enumerate(rows):
        out[i, : len(row)] = row
    return torch.from_numpy(out)


def evenly(items: int, limit: int) -> list[int]:
    """Up to so many of range(items), evenly spread; all of them for limit 0."""
    if limit and items > limit:
        return [i * items // limit for i in range(limit)]
    return list(range(items))
