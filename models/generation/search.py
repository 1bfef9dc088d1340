"""Greedy and beam search, with the rules of `transformers`' `generate`, token for token.

Sentences that are finished leave the batch. Lengths count the tokens that are written: not the
start token, but the end-of-sentence token (eos).
Shapes: B sentences, W beams, C = 2 W candidates, V vocabulary, T tokens.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from models.network.transformer import Transformer

from .incremental import IncrementalDecoder, inference
from .repetition import without_repeats

NEVER = float("-inf")


@dataclass(frozen=True)
class Rules:
    """Settings of a search."""

    eos: int
    max_length: int  # here a sentence ends, with or without eos
    min_length: int = 0  # tokens before eos may come
    beams: int = 1
    length_penalty: float = 1.0  # a score is sum of log p / length^length_penalty
    early_stopping: bool = False  # end at as many finished hypotheses as beams; see Beams.judge
    hypotheses: int = 1  # to return of each sentence, at most `beams`
    no_repeat_ngram: int = 0  # tokens of the n-grams that come once at most; 0: no such rule

    def __post_init__(self) -> None:
        """Raises ValueError for values out of range."""
        if self.max_length < 1 or not 1 <= self.hypotheses <= self.beams:
            raise ValueError(f"no search by {self}")


class Hypotheses(NamedTuple):
    """The best N texts of each sentence, best first."""

    tokens: Tensor  # int64 [B, N, T], padded behind eos, without the start token
    scores: Tensor  # float32 [B, N]


def greedy(model: Transformer, source: Tensor, rules: Rules) -> Tensor:
    """Greedy search: int64 [B, T], padded behind eos.

    source: int64 [B, S], right-padded. The rules of beams do not matter.
    """
    pad = model.config.pad
    written = torch.full((len(source), rules.max_length), pad, device=source.device)
    with inference(model):
        decoder = IncrementalDecoder(model, source)
        rows, tokens = torch.arange(len(source), device=source.device), written[:, :1]
        running = torch.ones_like(rows, dtype=torch.bool)
        for step in range(rules.max_length):
            logits = without_eos(decoder.step(tokens)[:, 0], rules, step)
            without_repeats(logits, written[rows, :step], rules.no_repeat_ngram)
            newest = most_probable(logits).masked_fill(~running, pad)
            written[rows, step] = newest
            running &= newest != rules.eos
            kept = remaining(running)
            if len(kept) == 0:
                return written[:, : step + 1]
            if len(kept) < len(rows):
                decoder.select(kept)
                rows, newest, running = rows[kept], newest[kept], running[kept]
            tokens = newest[:, None]
    return written


def most_probable(logits: Tensor) -> Tensor:
    """The first index of each row's largest logit: int64 [B], for float32 [B, V].

    On a CPU by NumPy, which compares many numbers at once: an eighth of torch's time or less.
    """
    if logits.device.type == "cpu":
        return torch.from_numpy(logits.numpy().argmax(axis=-1))
    return logits.argmax(dim=-1)


def without_eos(logits: Tensor, rules: Rules, step: int) -> Tensor:
    """logits [..., V], with eos excluded (in place) before min_length."""
    if step < rules.min_length:
        logits[..., rules.eos] = NEVER
    return logits


def remaining(running: Tensor) -> Tensor:
    """Rows (int64) to go on with; running, bool [B], marks sentences that are not finished.

    All rows until an eighth of the batch is finished: removing rows means copying the others.
    """
    rows = running.nonzero()[:, 0]
    if 0 < 7 * len(running) < 8 * len(rows):
        return torch.arange(len(running), device=running.device)
    return rows


@dataclass
class Beams:
    """The running hypotheses of a batch, and the best finished ones."""

    scores: Tensor  # [B, W] (at the start [B, 1]) float32, sum of log p, best first
    tokens: Tensor  # [B, W, max_length] int64
    finished_scores: Tensor  # [B, W] float32, with the length penalty, best first; -inf: none yet
    finished_tokens: Tensor  # [B, W, max_length] int64
    done: Tensor  # [B] bool, nothing more is let in

    @classmethod
    def start(cls, source: Tensor, pad: int, rules: Rules) -> "Beams":
        """The start: one empty beam a sentence; source [B, S]."""
        shape = (len(source), rules.beams)
        tokens = torch.full((*shape, rules.max_length), pad, device=source.device)
        none = torch.full(shape, NEVER, device=source.device)
        done = torch.zeros(len(source), dtype=torch.bool, device=source.device)
        return cls(torch.zeros_like(none[:, :1]), tokens, none, tokens, done)

    def candidates(self, logits: Tensor, rules: Rules, step: int) -> tuple[Tensor, Tensor, Tensor]:
        """The best C continuations: score, parent beam and token, each [B, C], best first.

        logits: [B, W or 1, V], written over. Each beam's best C hold all that can be among the best
        C of all, so only theirs become log p.
        """
        width = 2 * rules.beams
        total = logits.logsumexp(dim=-1, keepdim=True)
        without_repeats(logits, self.tokens[:, : logits.shape[1], :step], rules.no_repeat_ngram)
        best = without_eos(logits, rules, step).topk(width, dim=-1)
        scores = (self.scores[:, :, None] + (best.values - total)).flatten(1)
        scores, index = scores.topk(width, dim=-1)
        return scores, index // width, best.indices.flatten(1).gather(1, index)

    def advance(self, logits: Tensor, rules: Rules, step: int) -> Tensor:
        """Write one token; returns the parent beam, int64 [B, W], of each beam that goes on."""
        scores, parents, newest = self.candidates(logits, rules, step)
        ends = (newest == rules.eos) | (step + 1 == rules.max_length)
        tokens = pick(self.tokens, parents)
        tokens[:, :, step] = newest
        divisor = (step + 1) ** rules.length_penalty
        if bool(ends.any()):
            self.finish(scores / divisor, tokens, ends)
        self.scores, chosen = scores.masked_fill(ends, NEVER).topk(rules.beams, dim=1)
        self.tokens = pick(tokens, chosen)
        self.judge(divisor, rules)
        return parents.gather(1, chosen)

    def finish(self, scores: Tensor, tokens: Tensor, ends: Tensor) -> None:
        """Merge candidates [B, C] that end (bool [B, C]) into the best finished hypotheses.

        tokens: [B, C, max_length]. Only the best W may: the others are there to go on.
        """
        beams = self.finished_scores.shape[1]
        new = scores.masked_fill(~ends | self.done[:, None], NEVER)[:, :beams]
        merged = torch.cat([self.finished_scores, new], dim=1)
        self.finished_scores, best = merged.topk(beams, dim=1)
        merged_tokens = torch.cat([self.finished_tokens, tokens[:, :beams]], dim=1)
        self.finished_tokens = pick(merged_tokens, best)

    def judge(self, divisor: float, rules: Rules) -> None:
        """A sentence is done with W finished hypotheses that its best beam cannot beat.

        That beam is judged by its score at its present length; with early_stopping, W finished
        hypotheses are enough.
        """
        worst = self.finished_scores[:, -1]
        beaten = self.scores[:, 0] / divisor <= worst
        self.done |= (worst > NEVER) & (beaten | rules.early_stopping)

    def select(self, rows: Tensor) -> None:
        """Keep these sentences only, int64 [new B]."""
        for name, value in vars(self).items():
            setattr(self, name, value[rows])


def pick(tokens: Tensor, chosen: Tensor) -> Tensor:
    """The rows of tokens [B, any, T] at chosen, int64 [B, W]: [B, W, T]."""
    return tokens.gather(1, chosen[:, :, None].expand(-1, -1, tokens.shape[2]))


def beam_search(model: Transformer, source: Tensor, rules: Rules) -> Hypotheses:
    """The best hypotheses of each sentence; source: int64 [B, S], right-padded.

    Raises ValueError for more beams than half the vocabulary.
    """
    if 2 * rules.beams > model.config.vocabulary_size:
        raise ValueError(f"{rules.beams} beams, {model.config.vocabulary_size} tokens to choose")
    with inference(model):
        decoder, beams = (
            IncrementalDecoder(model, source),
            Beams.start(source, model.config.pad, rules),
        )
        rows = torch.arange(len(source), device=source.device)
        tokens, scores = beams.finished_tokens.clone(), beams.finished_scores.clone()
        newest = tokens[:, :1, 0]
        for step in range(rules.max_length):
            parents = beams.advance(decoder.step(newest), rules, step)
            kept = remaining(~beams.done)
            if len(kept) < len(rows) or step + 1 == rules.max_length:
                tokens[rows], scores[rows] = beams.finished_tokens, beams.finished_scores
            if len(kept) == 0:
                break
            decoder.branch(parents)
            newest = beams.tokens[:, :, step]
            if len(kept) < len(rows):
                decoder.select(kept)
                beams.select(kept)
                rows, newest = rows[kept], newest[kept]
    best = slice(rules.hypotheses)
    return Hypotheses(tokens[:, best, : step + 1], scores[:, best])
