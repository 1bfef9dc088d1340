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
    """Settings of the search and of its batches."""

    beams: int = 4  # 1: greedy
    length_penalty: float = 1.0  # a score is sum of log p / tokens^length_penalty
    n_best: int = 1  # translations of each sentence, at most `beams`
    max_length: int = 0  # tokens of a translation at most; 0: by the source, see `longest`
    scores: bool = False  # greedy search has to have scores, too, which takes longer
    batch_tokens: int = 4096  # source tokens of a batch, padding too
    min_length: int = 0  # tokens of a translation at least
    no_repeat_ngram: int = 0  # tokens of the n-grams that come once at most; 0: no such rule

    def longest(self, source: int) -> int:
        """Most tokens of a translation of so many source tokens: 2 x source + 50, rounded up.

        The rounding only lets more sentences share a batch.
        """
        return self.max_length or LENGTH_STEP * math.ceil((2 * source + 50) / LENGTH_STEP)

    def rules(self, longest: int) -> Rules:
        """The rules of a search for translations of at most so many tokens."""
        return Rules(
            EOS,
            longest,
            min_length=self.min_length,
            no_repeat_ngram=self.no_repeat_ngram,
            beams=self.beams,
            length_penalty=self.length_penalty,
            hypotheses=self.n_best,
        )


class Instruction(NamedTuple):
    """The tag and prefix in front of a sentence that ask for its translation."""

    tag: tuple[int, ...] = ()  # ids in front: the tag of the target language
    prefix: str = ""  # text in front, for models without tags

    def source(self, tokenizer: Tokenizer, text: str) -> list[int]:
        """The ids that the encoder reads: tag, prefix, text, eos."""
        return [*self.tag, *tokenizer.encode(self.prefix + text), EOS]


class Translation(NamedTuple):
    """A translation of a sentence."""

    text: str
    score: float  # as of `transformers`' `sequences_scores`; nan by greedy search without scores
    tokens: int  # written, eos too
    is_cut: bool = False  # at the most tokens that there may be, without eos


class Translated(NamedTuple):
    """A batch: the places of its sentences, and the translations of each, best first."""

    places: list[int]
    translations: list[list[Translation]]


def translated(
    model: Transformer, tokenizer: Tokenizer, sources: Sequence[Sequence[int]], search: Search
) -> Iterator[Translated]:
    """The translations, batch by batch, long sources first; sources: of `Instruction.source`.

    Raises ValueError for settings of the search that are out of range.
    """
    device = model.embedding.weight.device
    for places in batches([len(source) for source in sources], search):
        rows = [torch.tensor(sources[place]) for place in places]
        source = pad_sequence(rows, batch_first=True, padding_value=PAD).to(device)
        best = searched(model, source, search)
        yield Translated(places, [texts(tokenizer, *row) for row in zip(*best, strict=True)])


def translate(
    model: Transformer, tokenizer: Tokenizer, sources: Sequence[Sequence[int]], search: Search
) -> list[list[Translation]]:
    """The translations of each source, best first, in the order of the sources."""
    ordered: list[list[Translation]] = [[] for _ in sources]
    for batch in translated(model, tokenizer, sources, search):
        for place, translations in zip(*batch, strict=True):
            ordered[place] = translations
    return ordered


def batches(lengths: Sequence[int], search: Search) -> Iterator[list[int]]:
    """Places of the sources of each batch, the longest first: lack of memory shows at once.

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
    """The translations of a sentence, for its tokens int64 [N, T] and scores [N]."""
    rows = [row[: row.index(EOS) + 1] if EOS in row else row for row in tokens.tolist()]
    return [
        Translation(tokenizer.decode(row), score, len(row), is_cut=row[-1:] != [EOS])
        for row, score in zip(rows, scores.tolist(), strict=True)
    ]
