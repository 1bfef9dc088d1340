"""How the experts of one router divide the languages: entropy, mutual information, likeness.

All in nats but for the distance. Counts are of tokens, int [L languages, E experts].
"""

import numpy as np


def shares(counts: np.ndarray) -> np.ndarray:
    """p(expert | language), float64 [L, E]: each language's tokens add up to 1 (0 if it has none).

    Any number of leading dimensions.
    """
    totals = counts.sum(axis=-1, keepdims=True)
    shares_by_row: np.ndarray = counts / np.maximum(totals, 1)
    return shares_by_row


def load(counts: np.ndarray) -> np.ndarray:
    """p(expert), float64 [E]: share of all tokens, whatever their language."""
    return shares(counts.sum(axis=0))


def entropy(probabilities: np.ndarray) -> np.ndarray:
    """-sum p ln p over the last dimension, in nats: 0 to ln E. 0 ln 0 is 0."""
    logarithms = np.log(np.where(probabilities > 0, probabilities, 1.0))
    nats: np.ndarray = -(probabilities * logarithms).sum(axis=-1)
    return nats


def mutual_information(counts: np.ndarray) -> float:
    """I(expert; language) = H(expert) - H(expert | language), in nats, over tokens.

    0: the language says nothing of the expert; at most H(expert).
    """
    weights = counts.sum(axis=1) / max(counts.sum(), 1)
    return max(0.0, float(entropy(load(counts)) - weights @ entropy(shares(counts))))


def information_by_chance(counts: np.ndarray) -> float:
    """What mutual_information has in the mean, in nats, where expert and language are independent.

    (L - 1)(E - 1) / 2N for N independent tokens, of languages and experts with tokens (2 N I is
    then chi-squared with that many degrees of freedom). Tokens of one text are not independent,
    so true chance is somewhat more.
    """
    languages, experts = ((counts.sum(axis=axis) > 0).sum() for axis in (1, 0))
    return float((languages - 1) * (experts - 1) / (2 * max(counts.sum(), 1)))


def explained_by_language(counts: np.ndarray) -> float:
    """I(expert; language) / H(expert), 0 to 1: how much of the choice the language tells.

    (Theil's uncertainty coefficient.) 0 where all tokens go to one expert.
    """
    most = float(entropy(load(counts)))
    return mutual_information(counts) / most if most > 0 else 0.0


def distances(counts: np.ndarray) -> np.ndarray:
    """How differently languages use the experts, float64 [L, L] from 0 (alike) to 1 (disjoint).

    counts [R, L, E]; the square root of the Jensen-Shannon divergence in bits, which is a metric
    (Endres and Schindelin 2003), of the mean divergence over the routers.
    """
    mean = np.mean([_divergences(shares(router)) for router in counts], axis=0)
    apart: np.ndarray = np.sqrt(mean)
    return apart


def _divergences(p: np.ndarray) -> np.ndarray:
    """Jensen-Shannon divergence in bits of every pair of rows of p [L, E]: [L, L]."""
    own = entropy(p)
    mixed = np.stack([entropy((p + distribution) / 2) for distribution in p])
    nats = mixed - (own[:, None] + own[None, :]) / 2
    bits: np.ndarray = np.clip(nats / np.log(2), 0.0, 1.0)
    return bits
