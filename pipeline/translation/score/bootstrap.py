"""Paired bootstrap over test lines, draw for draw that of sacreBLEU (Koehn 2004).

sacreBLEU draws 1,000 times as many lines as there are, with replacement, from a generator that
starts anew with the same seed for every system. Here one product of matrices sums the counts of
all draws, and sacreBLEU's own formulas make scores of them, so that many directions take seconds.
Directions with equally many lines take the same lines in each draw, which is what lines that are
translations of the same sentences ask for, and does no harm otherwise.
"""

from collections.abc import Iterator

import numpy as np
from sacrebleu.significance import estimate_ci

from models.generation.translation_scores import NAMES, Scorer
from pipeline.evaluate.intervals.over_seeds import CONFIDENCE, significant

DRAWS, SEED = 1000, 12345  # sacreBLEU's
IN_SIGNATURE = {"seed": SEED, "bs": DRAWS}
_BLOCK = 2**22  # drawn lines in memory at once

Draws = dict[str, np.ndarray]  # {score: float [DRAWS]}


def drawn_scores(scorer: Scorer, counts: np.ndarray) -> Draws:
    """The scores of every draw of lines; counts: int64 [lines, 34], as from `Scorer.counts`."""
    found: dict[str, list[float]] = {name: [] for name in NAMES}
    counts = counts.astype(float)
    for times in _times_drawn(len(counts)):
        for total in (times @ counts).astype(np.float32):  # float32 as in sacreBLEU
            for name, score in scorer.scores(total).items():
                found[name].append(score.score)
    return {name: np.array(values) for name, values in found.items()}


def spread(draws: np.ndarray) -> dict[str, float]:
    """sacreBLEU's mean of the draws and half the width of their 95 % interval."""
    mean, half = estimate_ci(draws)
    return {"mean": float(mean), "ci": float(half)}


def compared(
    baseline: float, baseline_draws: np.ndarray, system: float, system_draws: np.ndarray
) -> dict[str, object]:
    """The difference system - baseline, its 95 % interval and sacreBLEU's p-value.

    `significant`: 1 better, -1 worse, 0 where the interval holds 0. The p-value asks less: it is
    in effect one-sided.
    """
    differences = system_draws - baseline_draws
    low, high = np.quantile(differences, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    sizes = np.abs(differences)
    beyond = int(np.sum(sizes - sizes.mean() > abs(baseline - system)))
    return {
        "difference": system - baseline,
        "interval": [float(low), float(high)],
        "p_value": (beyond + 1) / (len(sizes) + 1),
        "significant": significant((float(low), float(high))),
    }


def _times_drawn(lines: int) -> Iterator[np.ndarray]:
    """float64 [draws, lines], in blocks: how often each draw takes each line."""
    random = np.random.default_rng(SEED)
    rows = max(1, _BLOCK // lines)
    for start in range(0, DRAWS, rows):
        size = min(rows, DRAWS - start)
        drawn = random.choice(lines, size=(size, lines)) + np.arange(size)[:, None] * lines
        times = np.bincount(drawn.ravel(), minlength=size * lines)
        yield times.reshape(size, lines).astype(float)
