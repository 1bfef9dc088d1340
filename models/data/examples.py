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
    """A dataset whose indices are sequence numbers."""

    def __getitem__(self, index: int) -> Example:
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError

    def ordered_indices(self) -> np.ndarray:
        """All indices in their own order, int64 [len]."""
        return np.arange(len(self))

    def collater(self, examples: Sequence[Example]) -> dict[str, Any]:
        """A batch as fairseq takes it.

        The decoder's input is the target behind the start token, and padding where the target is:
        the last end-of-sentence is no input, so that padding adds no token to be routed.

        Args:
            examples: the sequences; none on a device that has no part in an uneven last batch.

        Returns:
            `net_input` with `src_tokens` int64 [B, S] and `prev_output_tokens` int64 [B, T],
            `target` int64 [B, T], all right-padded; `languages` and `id` (the sequences' numbers)
            int64 [B]; `nsentences` and `ntokens` (of the target). Empty without examples.
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
    """The rows as one tensor, int64 [rows, longest], padded on the right."""
    out = np.full((len(rows), max(map(len, rows))), PAD, dtype=np.int64)
    for i, row in enumerate(rows):
        out[i, : len(row)] = row
    return torch.from_numpy(out)


def evenly(items: int, limit: int) -> list[int]:
    """At most `limit` of range(items), evenly spread (0: all)."""
    if limit and items > limit:
        return [i * items // limit for i in range(limit)]
    return list(range(items))
