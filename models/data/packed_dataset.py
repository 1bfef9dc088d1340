"""Packed sequences of one language each, corrupted on the fly; training and validation sets.

Everything is computed from the sequence's number and the seed, so that any run (dense or Switch,
new or resumed, on one device or many) sees the same sequences in the same order.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

import models.fairseq_compat  # noqa: F401  (before anything of fairseq)

# isort: split
from fairseq.data import FairseqDataset

from .dictionary import EOS, PAD
from .mixture_schedule import MixtureSchedule
from .permutation import Permutation
from .span_corruption import corrupt, noise_mask
from .token_stream import TokenStream

MINIMUM_TEXT_TOKENS = 16  # a shorter rest at the end of a validation stream is left out


class SpanCorruption(NamedTuple):
    """How texts are corrupted: length of the text, share and mean length of what is hidden."""

    text_tokens: int
    density: float
    mean_span: float
    first_sentinel: int

    def __call__(self, text: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """(source, target) of a text, int64."""
        mask = noise_mask(len(text), rng, self.density, self.mean_span)
        return corrupt(text, mask, self.first_sentinel, EOS)


class Example(NamedTuple):
    """One sequence: int64 source and target, and its language's index."""

    source: np.ndarray
    target: np.ndarray
    language: int


class PackedDataset(FairseqDataset):
    """What training and validation sets share: sizes and batches. Indices are sequence numbers."""

    def __getitem__(self, index: int) -> Example:
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError

    def ordered_indices(self) -> np.ndarray:
        """Sequences in their own order: int64 [len]."""
        return np.arange(len(self))

    def batches(self, sequences: int) -> list[list[int]]:
        """Consecutive sequences, so many a batch; the last may hold fewer."""
        indices = range(len(self))
        return [list(indices[i : i + sequences]) for i in range(0, len(self), sequences)]

    def collater(self, examples: Sequence[Example]) -> dict[str, Any]:
        """fairseq's batch: right-padded int64 tensors [B, positions], and languages int64 [B].

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
            "nsentences": len(examples),
            "ntokens": int((target != PAD).sum()),
        }


def pad_right(rows: Sequence[np.ndarray]) -> torch.Tensor:
    """int64 [rows, longest]."""
    out = np.full((len(rows), max(map(len, rows))), PAD, dtype=np.int64)
    for i, row in enumerate(rows):
        out[i, : len(row)] = row
    return torch.from_numpy(out)


class TrainingDataset(PackedDataset):
    """An endless sequence of examples, cut into fairseq's epochs of a fixed number.

    A language's stream is cut into blocks, taken in a fresh order and from a fresh starting place
    in every pass over it.
    """

    def __init__(
        self,
        streams: Mapping[str, TokenStream],
        rates: Mapping[str, float],
        corruption: SpanCorruption,
        sequences_per_epoch: int,
        seed: int,
    ) -> None:
        self.languages = list(streams)
        self.streams = list(streams.values())
        self.schedule = MixtureSchedule(np.array([rates[code] for code in streams]), seed)
        self.corruption, self.seed = corruption, seed
        self.sequences_per_epoch = sequences_per_epoch
        self.epoch = 1
        self.permutations: dict[int, tuple[int, Permutation]] = {}  # language: (pass, order)

    def __len__(self) -> int:
        return self.sequences_per_epoch

    def set_epoch(self, epoch: int) -> None:
        """fairseq's epoch, from 1: which stretch of the endless sequence the indices mean."""
        self.epoch = epoch

    def __getitem__(self, index: int) -> Example:
        sequence = (self.epoch - 1) * self.sequences_per_epoch + index
        language, rank = self.schedule[sequence]
        text = self.text(language, rank)
        rng = np.random.default_rng((self.seed, 1, sequence))
        return Example(*self.corruption(text, rng), language)

    def text(self, language: int, rank: int) -> np.ndarray:
        """The rank-th block (from 0) drawn from a language, int64 [text_tokens]."""
        stream, length = self.streams[language], self.corruption.text_tokens
        blocks = max(1, len(stream) // length)
        turn, place = divmod(rank, blocks)
        phase = int(np.random.default_rng((self.seed, 2, language, turn)).integers(length))
        start = phase + self.permutation(language, turn, blocks)[place] * length
        return stream.read(start, length)

    def permutation(self, language: int, turn: int, blocks: int) -> Permutation:
        """The order of a language's blocks in its turn-th pass; the last one used is kept."""
        held = self.permutations.get(language)
        if held is None or held[0] != turn:
            held = (turn, Permutation(blocks, (self.seed, 3, language, turn)))
            self.permutations[language] = held
        return held[1]


class ValidationDataset(PackedDataset):
    """A fixed set: up to so many blocks of each language, evenly spread, with fixed masks."""

    def __init__(
        self,
        streams: Mapping[str, TokenStream],
        corruption: SpanCorruption,
        sequences_per_language: int,
    ) -> None:
        """sequences_per_language 0 takes every block."""
        self.languages = list(streams)
        self.streams = list(streams.values())
        self.corruption = corruption
        self.blocks = [
            (language, start, tokens)
            for language, stream in enumerate(self.streams)
            for start, tokens in spread(stream, corruption.text_tokens, sequences_per_language)
        ]

    def __len__(self) -> int:
        return len(self.blocks)

    def __getitem__(self, index: int) -> Example:
        language, start, tokens = self.blocks[index]
        text = self.streams[language].read(start, tokens)
        rng = np.random.default_rng((start, tokens))
        return Example(*self.corruption(text, rng), language)


def spread(stream: TokenStream, length: int, limit: int) -> list[tuple[int, int]]:
    """(start, tokens) of blocks of a stream, the short rest included, thinned evenly to limit."""
    blocks = [
        (start, min(length, len(stream) - start))
        for start in range(0, len(stream), length)
        if len(stream) - start >= min(MINIMUM_TEXT_TOKENS, len(stream))
    ]
    if limit and len(blocks) > limit:
        return [blocks[i * len(blocks) // limit] for i in range(limit)]
    return blocks
