"""Sentences in, translations out: the tag or prefix before each, batches by length, the search."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from models.network.transformer import Transformer
from models.tokenizer.folder import EOS, PAD
from models.tokenizer.text_tokenizer import Tokenizer

from .search import Hypotheses, Rules, beam_search, greedy

LENGTH_STEP = 64  # of the longest translations, so that batches have one length


@dataclass(frozen=True)
class Search:
    """How to search, and how much at a time."""

    beams: int = 4  # 1: greedy
    length_penalty: float = 1.0  # a score is sum of log p / tokens^length_penalty
    n_best: int = 1  # translations of each sentence, at most `beams`
    max_length: int = 0  # tokens of a translation at most; 0: by the source, see `longest`
    scores: bool = False  # greedy search has to have scores, too, which takes longer
    batch_tokens: int = 4096  # source tokens of a batch, padding too

    def longest(self, source: int) -> int:
        """Tokens that the translation of so many may have: twice as many and 50 more, rounded up.

        The step decides nothing but which sentences can share a batch.
        """
        return self.max_length or LENGTH_STEP * math.ceil((2 * source + 50) / LENGTH_STEP)

    def rules(self, longest: int) -> Rules:
        """For the search itself."""
        return Rules(
            EOS,
            longest,
            beams=self.beams,
            length_penalty=self.length_penalty,
            hypotheses=self.n_best,
        )


class Instruction(NamedTuple):
    """What tells a model what to do with a sentence."""

    tag: tuple[int, ...] = ()  # ids in front: the tag of the target language
    prefix: str = ""  # text in front, for models without tags

    def source(self, tokenizer: Tokenizer, text: str) -> list[int]:
        """What the encoder reads: tag, prefix, text, eos."""
        return [*self.tag, *tokenizer.encode(self.prefix + text), EOS]


class Translation(NamedTuple):
    """Of a sentence."""

    text: str
    score: float  # as of `transformers`' `sequences_scores`; nan by greedy search without scores
    tokens: int  # written, eos too


class Translated(NamedTuple):
    """A batch: the places of its sentences, and of each the translations, best first."""

    places: list[int]
    translations: list[list[Translation]]


def translated(
    model: Transformer, tokenizer: Tokenizer, sources: Sequence[Sequence[int]], search: Search
) -> Iterator[Translated]:
    """Batch after batch, in an order of their own; sources are those of `Instruction.source`.

    Raises ValueError for settings of the search that cannot be.
    """
    device = model.embedding.weight.device
    for places in batches([len(source) for source in sources], search):
        rows = [torch.tensor(sources[place]) for place in places]
        source = pad_sequence(rows, batch_first=True, padding_value=PAD).to(device)
        found = searched(model, source, search)
        yield Translated(places, [texts(tokenizer, *one) for one in zip(*found, strict=True)])


def translate(
    model: Transformer, tokenizer: Tokenizer, sources: Sequence[Sequence[int]], search: Search
) -> list[list[Translation]]:
    """The translations of each source, best first, in the order of the sources."""
    found: list[list[Translation]] = [[] for _ in sources]
    for batch in translated(model, tokenizer, sources, search):
        for place, translations in zip(*batch, strict=True):
            found[place] = translations
    return found


def batches(lengths: Sequence[int], search: Search) -> Iterator[list[int]]:
    """Places of sources that go together, the longest first: what does not fit shows at once.

    A batch holds one source at least. All in it may be translated at the same length at most, so
    that no translation depends on its neighbours.
    """
    batch: list[int] = []
    width = 0  # of the batch: its first source is its longest
    for place in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        length = lengths[place]
        full = (len(batch) + 1) * width > search.batch_tokens
        if batch and (full or search.longest(length) != search.longest(width)):
            yield batch
            batch = []
        if not batch:
            width = length
        batch.append(place)
    if batch:
        yield batch


def searched(model: Transformer, source: Tensor, search: Search) -> Hypotheses:
    """The best hypotheses of each row of source, int64 [B, S]."""
    rules = search.rules(search.longest(source.shape[1]))
    if search.beams > 1 or search.scores:
        return beam_search(model, source, rules)
    tokens = greedy(model, source, rules)[:, None]
    return Hypotheses(tokens, torch.full(tokens.shape[:2], math.nan))


def texts(tokenizer: Tokenizer, tokens: Tensor, scores: Tensor) -> list[Translation]:
    """tokens int64 [N, T] and scores [N] of one sentence."""
    rows = [row[: row.index(EOS) + 1] if EOS in row else row for row in tokens.tolist()]
    return [
        Translation(tokenizer.decode(row), score, len(row))
        for row, score in zip(rows, scores.tolist(), strict=True)
    ]
