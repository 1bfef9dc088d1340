"""95 % intervals of the gain over validation text, by the paired bootstrap.

Both runs have seen the same validation sequences (packed blocks of documents). Drawing as many
sequences of each language with replacement, many times, says how much another validation set of
the same kind would change the difference between these two runs (Efron and Tibshirani, An
Introduction to the Bootstrap, chapters 6 and 13; percentiles of the draws).
"""

from collections.abc import Mapping

import numpy as np

from pipeline.evaluate.intervals.over_seeds import CONFIDENCE
from pipeline.evaluate.report import Interval

DRAWS = 1000
FEWEST = 5  # sequences of a language; fewer say too little about its spread
Sequences = Mapping[str, np.ndarray]


def over_documents(
    baseline: Sequences, model: Sequences, codes: list[str]
) -> dict[tuple[str, str], Interval]:
    """{(language, "gain") and ("", "mean_gain" | "share_better"): interval}.

    Arrays as from `read_sequences`. A language has no interval with fewer than 5 sequences, or if
    the runs do not have the same ones in the same order; the figures over all have none unless
    every language has one. The draws are the same in every call.
    """
    drawn = {
        code: _gains(baseline[code], model[code], np.random.default_rng(number))
        for number, code in enumerate(codes)
        if _paired(baseline.get(code), model.get(code))
    }
    intervals = {(code, "gain"): _percentiles(gains) for code, gains in drawn.items()}
    if len(drawn) == len(codes):
        every = np.stack(list(drawn.values()))
        intervals["", "mean_gain"] = _percentiles(every.mean(axis=0))
        intervals["", "share_better"] = _percentiles((every > 0).mean(axis=0))
    return {key: interval for key, interval in intervals.items() if interval[0] < interval[1]}


def _paired(baseline: np.ndarray | None, model: np.ndarray | None) -> bool:
    if baseline is None or model is None or len(baseline) < FEWEST:
        return False
    return np.array_equal(baseline[:, 1:], model[:, 1:])


def _gains(baseline: np.ndarray, model: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """float64 [DRAWS]: the difference of negative log perplexity on each drawn set."""
    number = len(baseline)
    times = random.multinomial(number, np.full(number, 1 / number), size=DRAWS)
    saved, tokens = baseline[:, 0] - model[:, 0], baseline[:, 1]
    gains: np.ndarray = (times @ saved) / (times @ tokens)
    return gains


def _percentiles(values: np.ndarray) -> Interval:
    low, high = np.quantile(values, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)
