"""Paired bootstrap over test lines, draw for draw that of sacreBLEU (Koehn 2004).

sacreBLEU draws 1,000 times as many lines as there are, with replacement, from a generator that
starts anew with the same seed for every system. Here one product of matrices sums the counts of
all draws, and sacreBLEU's own formulas make scores of them, so that many directions take seconds.
Directions with equally many lines take the same lines in each draw, as suits lines that are
translations of the same sentences; for others it does no harm.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from sacrebleu.significance import estimate_ci

from models.generation.translation_scores import NAMES, Scorer
from pipeline.evaluate.intervals.over_seeds import CONFIDENCE, significant
from pipeline.report.scores.score_report import Comparison, Score, Spread

DRAWS, SEED = 1000, 12345  # sacreBLEU's
IN_SIGNATURE = {"seed": SEED, "bs": DRAWS}
_BLOCK = 2**22  # drawn lines in memory at once

Draws = NDArray[np.float64]
"""[DRAWS]: one score of every draw of lines."""


def drawn_scores(scorer: Scorer, counts: NDArray[np.int64]) -> dict[str, Draws]:
    """All scores of every draw, by name; counts: [lines, 34], as from `Scorer.counts`."""
    scores: dict[str, list[float]] = {name: [] for name in NAMES}
    numbers = counts.astype(float)
    for times in _times_drawn(len(counts)):
        for total in (times @ numbers).astype(np.float32):  # float32 as in sacreBLEU
            for name, score in scorer.scores(total).items():
                scores[name].append(score.score)
    return {name: np.array(values) for name, values in scores.items()}


def with_bootstrap(
    scores: Mapping[str, Mapping[str, Score]],
    draws: Mapping[str, Mapping[str, Draws]],
    baseline: str,
) -> dict[str, dict[str, Score]]:
    """The scores (system -> name) with their spread and, but for the baseline, comparison.

    draws: of the same systems and names, or nothing: then the scores stay as they are.
    """

    def complete(system: str, name: str) -> Score:
        score, drawn = scores[system][name], draws[system][name]
        comparison = None
        if system != baseline:
            before = scores[baseline][name].score
            comparison = compared(before, draws[baseline][name], score.score, drawn)
        return replace(score, spread=spread(drawn), comparison=comparison)

    return {
        system: {name: complete(system, name) if draws else named[name] for name in NAMES}
        for system, named in scores.items()
    }


def spread(draws: Draws) -> Spread:
    """The mean of the draws and half the width of their 95 % interval."""
    mean, half = estimate_ci(draws)
    return Spread(float(mean), float(half))


def compared(
    baseline: float, baseline_draws: Draws, system: float, system_draws: Draws
) -> Comparison:
    """The difference system - baseline, its 95 % interval and sacreBLEU's p-value."""
    differences = system_draws - baseline_draws
    low, high = np.quantile(differences, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    interval = (float(low), float(high))
    sizes = np.abs(differences)
    beyond = int(np.sum(sizes - sizes.mean() > abs(baseline - system)))
    p_value = (beyond + 1) / (len(sizes) + 1)
    return Comparison(system - baseline, interval, p_value, significant(interval) or 0)


def _times_drawn(lines: int) -> Iterator[NDArray[np.float64]]:
    """[draws, lines], in blocks: how often each draw takes each line."""
    random = np.random.default_rng(SEED)
    rows = max(1, _BLOCK // lines)
    for start in range(0, DRAWS, rows):
        size = min(rows, DRAWS - start)
        drawn = random.choice(lines, size=(size, lines)) + np.arange(size)[:, None] * lines
        times = np.bincount(drawn.ravel(), minlength=size * lines)
        yield times.reshape(size, lines).astype(float)
