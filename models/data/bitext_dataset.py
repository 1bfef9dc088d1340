"""Sentence pairs of many directions, and batches of pairs of like length.

As in pretraining, everything follows from the seed and the number of a sequence: which direction,
which of its pairs, and, within a stretch of sequences that fairseq calls an epoch, which batch.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from langs.directions import Direction

from .bitext import Parallel
from .examples import Example, ExampleDataset, evenly
from .mixture_schedule import MixtureSchedule
from .packed_dataset import TrainingDataset
from .permutation import Passes


class Tagged:
    """The pairs of one direction as the model reads them: `<2fr>` source eos -> target eos."""

    def __init__(self, sides: Parallel, tag: int, longest: int) -> None:
        """Tag the pairs of a direction.

        Args:
            sides: its sentences.
            tag: id of the target language's tag.
            longest: most tokens of a source or target; longer ones are cut.
        """
        self.sides, self.tag, self.longest = sides, tag, longest

    def __len__(self) -> int:
        return len(self.sides.source)

    def example(self, index: int, direction: int) -> Example:
        """The pair of an index, with the index of its direction; a cut text keeps its eos."""
        source = np.concatenate(([self.tag], self.sides.source[index]))
        return Example(self.cut(source), self.cut(self.sides.target[index]), direction)

    def cut(self, text: np.ndarray) -> np.ndarray:
        """The first tokens of a text, at most `longest`; the last one stays the last."""
        return text if len(text) <= self.longest else np.append(text[: self.longest - 1], text[-1])

    def lengths(self, indices: np.ndarray) -> np.ndarray:
        """Tokens of source and target of some pairs, int64 [pairs, 2]."""
        sizes = [side.sizes[indices].astype(np.int64) for side in self.sides]
        return np.minimum(np.stack([sizes[0] + 1, sizes[1]], axis=1), self.longest)


class BitextDataset(ExampleDataset):
    """Examples with lengths that are known before they are read."""

    def lengths(self) -> np.ndarray:
        """Tokens of source and target of every example, int64 [len, 2]."""
        raise NotImplementedError

    def batches(self, tokens: int) -> list[list[int]]:
        """Batches of examples of like length, the longest first.

        Args:
            tokens: most tokens of a batch's sources, and of its targets, padding included; a longer
                example is a batch of its own.

        Returns:
            The indices of each batch.
        """
        lengths = self.lengths()
        longest = lengths.max(axis=1)
        order = np.lexsort((lengths[:, 1], lengths[:, 0], longest))[::-1]
        batches, start = [], 0
        while start < len(order):
            end = start + max(1, tokens // int(longest[order[start]]))
            batches.append(order[start:end].tolist())
            start = end
        return batches


class TrainingBitext(BitextDataset):
    """An endless sequence of pairs, a direction's in passes that take each pair once.

    A share of the sequences may be those of a pretraining set, in that set's own order.
    """

    def __init__(
        self,
        pairs: Sequence[Tagged],
        rates: Sequence[float],
        sequences_per_epoch: int,
        seed: int,
        pretraining: TrainingDataset | None = None,
        pretraining_share: float = 0.0,
    ) -> None:
        """Draw from directions, and perhaps from a pretraining set.

        Args:
            pairs: the pairs of each direction.
            rates: relative rates of the directions.
            sequences_per_epoch: sequences that fairseq calls an epoch.
            seed: of the order.
            pretraining: the pretraining set to mix in.
            pretraining_share: its share of all sequences, 0 to less than 1.
        """
        shares = np.array(rates) / np.sum(rates) * (1 - pretraining_share)
        if pretraining is not None:
            shares = np.append(shares, pretraining_share)
        self.pairs, self.pretraining = pairs, pretraining
        self.schedule = MixtureSchedule(shares, seed)
        self.passes = Passes([len(direction) for direction in pairs], seed)
        self.sequences_per_epoch, self.seed = sequences_per_epoch, seed
        self.epoch = 0
        self.set_epoch(1)

    def __len__(self) -> int:
        return self.sequences_per_epoch

    def set_epoch(self, epoch: int) -> None:
        """Let the indices count in a stretch of the endless sequence: fairseq's epoch, from 1."""
        if epoch == self.epoch:
            return
        self.epoch, first = epoch, (epoch - 1) * self.sequences_per_epoch
        drawn = [self.draw(first + i) for i in range(self.sequences_per_epoch)]
        self.drawn = np.array(drawn, dtype=np.int64)  # [len, 2]: direction, pair

    def draw(self, sequence: int) -> tuple[int, int]:
        """(direction, pair) of a sequence; (number of directions, place) for a pretraining one."""
        direction, rank = self.schedule[sequence]
        if direction == len(self.pairs):
            return direction, rank
        return direction, self.passes.place(direction, rank)[1]

    def __getitem__(self, index: int) -> Example:
        direction, place = self.drawn[index].tolist()
        if direction < len(self.pairs):
            example = self.pairs[direction].example(place, direction)
        else:
            assert self.pretraining is not None
            example = self.pretraining[place]
        return example._replace(number=(self.epoch - 1) * self.sequences_per_epoch + index)

    def lengths(self) -> np.ndarray:
        """See BitextDataset."""
        lengths = np.empty_like(self.drawn)
        for direction, pairs in enumerate(self.pairs):
            rows = self.drawn[:, 0] == direction
            lengths[rows] = pairs.lengths(self.drawn[rows, 1])
        rows = self.drawn[:, 0] == len(self.pairs)
        if self.pretraining is not None:
            lengths[rows] = self.pretraining.corruption.lengths
        return lengths

    def batches(self, tokens: int) -> list[list[int]]:
        """The batches of the epoch in random order (see BitextDataset)."""
        batches = super().batches(tokens)
        order = np.random.default_rng((self.seed, 4, self.epoch)).permutation(len(batches))
        return [batches[i] for i in order]


class ValidationBitext(BitextDataset):
    """A fixed set of evenly spread pairs of each direction."""

    def __init__(self, pairs: Mapping[Direction, Tagged], limit: int, translated: int) -> None:
        """Choose the pairs.

        Args:
            pairs: the pairs of each direction.
            limit: most pairs of a direction (0: all).
            translated: how many of these are translated and scored (0: all).
        """
        self.directions, self.pairs = list(pairs), list(pairs.values())
        self.drawn: list[tuple[int, int, bool]] = []  # direction, pair, whether to translate it
        for direction, tagged in enumerate(self.pairs):
            places = evenly(len(tagged), limit)
            chosen = set(evenly(len(places), translated))
            self.drawn += [(direction, place, i in chosen) for i, place in enumerate(places)]

    @property
    def languages(self) -> list[str]:
        """Names of the directions, in the order of `Example.language`."""
        return list(map(str, self.directions))

    @property
    def translated(self) -> int:
        """Number of examples that are translated."""
        return sum(translate for _, _, translate in self.drawn)

    def __len__(self) -> int:
        return len(self.drawn)

    def __getitem__(self, index: int) -> Example:
        direction, place, translate = self.drawn[index]
        example = self.pairs[direction].example(place, direction)
        return example._replace(number=index, translate=translate)

    def lengths(self) -> np.ndarray:
        """See BitextDataset."""
        lengths = [self.pairs[d].lengths(np.array([place])) for d, place, _ in self.drawn]
        return np.concatenate(lengths)

    def collater(self, examples: Sequence[Example]) -> dict[str, Any]:
        """The batch, with `translate`, bool [B]: whether a row is translated."""
        translate = torch.tensor([example.translate for example in examples])
        return {**super().collater(examples), "translate": translate} if examples else {}
