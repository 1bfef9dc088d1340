"""MinHash: how like two pages are, and the bands by which like pages find each other.

A page is the set of its shingles (runs of some words); the likeness of two pages is the Jaccard
index of their sets. A MinHash value is equal on two pages with just that probability (Broder 1997).
A band is several of them together, so that pages share one of b bands of r values with probability
1 - (1 - likeness^r)^b (Leskovec, Rajaraman, Ullman: Mining of Massive Datasets, 3.4).
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pipeline.corpus.duplicates.words import Hashes, mixed, runs, tokens

HASHES = 120
"""MinHash values of a page, at most."""

_RECALL = 0.99  # least share of pairs just as like as wanted that share a band
_CHUNK = 512  # shingles hashed at once: fits the processor's cache
_SIGN = np.uint64(0x6A09E667F3BCC909)  # makes the constants ours

Shingles = NDArray[np.uint32]


@dataclass(frozen=True)
class Banding:
    """Number of bands, and of MinHash values in each."""

    bands: int
    values: int  # of each band


def shingles(text: str, words: int) -> Shingles:
    """Hashes of the text's runs of `words` words: sorted, each once.

    A shorter text is one shingle; a text without tokens has none.
    """
    page_tokens = tokens(text)
    length = min(page_tokens.run_length(words), len(page_tokens.hashes))
    if not length:
        return np.empty(0, np.uint32)
    return np.unique((runs(page_tokens.hashes, length) >> np.uint64(32)).astype(np.uint32))


def likeness(first: Shingles, second: Shingles) -> float:
    """Jaccard index of two pages' shingles: 0 to 1."""
    both = len(np.intersect1d(first, second, assume_unique=True))
    return both / max(len(first) + len(second) - both, 1)


@cache
def banding(least: float) -> Banding:
    """The longest bands by which at least 99 % of the pairs of likeness `least` meet.

    Longer bands bring together fewer pairs that are not like enough.
    """
    for values in range(HASHES, 0, -1):
        bands = HASHES // values
        if 1 - (1 - least**values) ** bands >= _RECALL:
            return Banding(bands, values)
    return Banding(HASHES, 1)


def band_hashes(page: Shingles, banding: Banding) -> Hashes:
    """A hash of each band, [band]; pages whose MinHash values in a band are equal share it."""
    factors, terms = _constants(banding.bands * banding.values)
    lowest = np.full(len(factors), np.iinfo(np.uint32).max, np.uint32)
    for start in range(0, len(page), _CHUNK):
        values = np.multiply.outer(factors, page[start : start + _CHUNK])
        values += terms[:, None]
        np.minimum(lowest, values.min(axis=1), out=lowest)
    banded = lowest.astype(np.uint64).reshape(banding.bands, banding.values)
    total = np.arange(banding.bands, dtype=np.uint64)  # equal values in other bands mean nothing
    for column in banded.T:
        total = mixed(total + column)
    return total


@cache
def _constants(count: int) -> tuple[Shingles, Shingles]:
    """Odd factors and terms: x -> factor * x + term (modulo 2^32) puts hashes in another order."""
    drawn = (mixed(np.arange(1, 2 * count + 1, dtype=np.uint64) * _SIGN) >> np.uint64(32)).astype(
        np.uint32
    )
    return drawn[:count] | np.uint32(1), drawn[count:]
