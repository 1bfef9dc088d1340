"""Packed sequences of one language each, corrupted on the fly; training and validation sets.

Everything is computed from the sequence's number and the seed, so that any run (dense or Switch,
new or resumed, on one device or many) sees the same sequences in the same order.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from langs.errors import InputError
from models.formats.data_folder import MIXTURE
from models.tokenizer.folder import EOS, SENTINELS

from .examples import Example, ExampleDataset, evenly
from .mixture_schedule import MixtureSchedule
from .permutation import Passes
from .shard_files import TokenStream
from .shards import Shards
from .span_corruption import (
    MEAN_SPAN_TOKENS,
    NOISE_DENSITY,
    corrupt,
    corrupted_lengths,
    noise_counts,
    noise_mask,
    text_tokens_for,
)

MINIMUM_TEXT_TOKENS = 16  # a shorter rest at the end of a validation stream is left out


class SpanCorruption(NamedTuple):
    """Span corruption: length of a text in tokens, noise density and mean length of a span."""

    text_tokens: int
    density: float
    mean_span: float
    first_sentinel: int

    @classmethod
    def of(
        cls,
        source_tokens: int,
        density: float = NOISE_DENSITY,
        mean_span: float = MEAN_SPAN_TOKENS,
        *,
        first_sentinel: int,
    ) -> "SpanCorruption":
        """Span corruption of the longest texts that fit.

        Args:
            source_tokens: most tokens of a source.
            density: share of a text's tokens that is hidden.
            mean_span: mean tokens of a hidden span.
            first_sentinel: id of `<extra_id_0>`.

        Raises:
            InputError: more spans than sentinels, or settings that no text can have.
        """
        text_tokens = text_tokens_for(source_tokens, density, mean_span)
        spans = noise_counts(text_tokens, density, mean_span)[1]
        if spans > SENTINELS:
            raise InputError(
                f"source_tokens {source_tokens}: {spans} hidden spans, but there are {SENTINELS} "
                "sentinels; give fewer source_tokens or a larger mean_span_tokens"
            )
        return cls(text_tokens, density, mean_span, first_sentinel)

    @property
    def lengths(self) -> tuple[int, int]:
        """Tokens of the source and of the target of a text of full length."""
        return corrupted_lengths(self.text_tokens, self.density, self.mean_span)

    def __call__(self, text: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Corrupt a text.

        Args:
            text: int64 [tokens], without eos.
            rng: draws the spans.

        Returns:
            Source and target, int64, each ended by eos.
        """
        mask = noise_mask(len(text), rng, self.density, self.mean_span)
        return corrupt(text, mask, self.first_sentinel, EOS)


class PackedDataset(ExampleDataset):
    """Sequences of one length, so that a batch is a number of them."""

    def batches(self, sequences: int) -> list[list[int]]:
        """Indices of batches of so many consecutive sequences; the last may hold fewer."""
        indices = range(len(self))
        return [list(indices[i : i + sequences]) for i in range(0, len(self), sequences)]


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
        blocks = [max(1, len(stream) // corruption.text_tokens) for stream in self.streams]
        self.passes = Passes(blocks, seed)

    @classmethod
    def of(
        cls, shards: Shards, corruption: SpanCorruption, sequences_per_epoch: int, seed: int
    ) -> "TrainingDataset":
        """The training set of a folder of shards.

        Args:
            shards: streams and rates of the languages.
            corruption: span corruption of a sequence.
            sequences_per_epoch: sequences that fairseq calls an epoch.
            seed: of order, starting places and spans.

        Raises:
            InputError: no language of the mixture has a rate.
        """
        streams = shards.streams("train")
        rates = {code: rate for code, rate in shards.rates.items() if code in streams}
        if not sum(rates.values()) > 0:
            raise InputError(f"{shards.folder / MIXTURE}: no language has a rate")
        drawn = {code: stream for code, stream in streams.items() if code in rates}
        return cls(drawn, rates, corruption, sequences_per_epoch, seed)

    def __len__(self) -> int:
        return self.sequences_per_epoch

    def set_epoch(self, epoch: int) -> None:
        """Let the indices count in a stretch of the endless sequence: fairseq's epoch, from 1."""
        self.epoch = epoch

    def __getitem__(self, index: int) -> Example:
        sequence = (self.epoch - 1) * self.sequences_per_epoch + index
        language, rank = self.schedule[sequence]
        text = self.text(language, rank)
        rng = np.random.default_rng((self.seed, 1, sequence))
        return Example(*self.corruption(text, rng), language, sequence)

    def text(self, language: int, rank: int) -> np.ndarray:
        """The rank-th block (from 0) drawn from a language, int64 [text_tokens]."""
        stream, length = self.streams[language], self.corruption.text_tokens
        turn, place = self.passes.place(language, rank)
        phase = int(np.random.default_rng((self.seed, 2, language, turn)).integers(length))
        return stream.read(phase + place * length, length)


class ValidationDataset(PackedDataset):
    """A fixed set of evenly spread blocks of each language, with fixed masks."""

    def __init__(
        self,
        streams: Mapping[str, TokenStream],
        corruption: SpanCorruption,
        sequences_per_language: int,
    ) -> None:
        """Choose the blocks.

        Args:
            streams: tokens of each language.
            corruption: span corruption of a block.
            sequences_per_language: most blocks of a language (0: all).
        """
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
        return Example(*self.corruption(text, rng), language, index)


def spread(stream: TokenStream, length: int, limit: int) -> list[tuple[int, int]]:
    """(start, tokens) of at most `limit` evenly spread blocks (0: all), the short rest included."""
    blocks = [
        (start, min(length, len(stream) - start))
        for start in range(0, len(stream), length)
        if len(stream) - start >= min(MINIMUM_TEXT_TOKENS, len(stream))
    ]
    return [blocks[i] for i in evenly(len(blocks), limit)]
