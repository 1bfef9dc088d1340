"""Pairs that repeat another pair or a held-out text: found by hashes, for two languages at once.

Test pairs count first, then validation, then training pairs, so that a copy is taken from training.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.translation.bitext.readers.rows import SPLITS, TEST, TRAIN, VALID

IN_TEST, IN_VALID, DUPLICATE, SAME_SIDE = "in_test", "in_valid", "duplicate", "same_side"
RULES = ("", IN_TEST, IN_VALID, DUPLICATE, SAME_SIDE)
"""The rules by the numbers of `faults`; "" for pairs that stay."""

Digests = NDArray[np.uint64]
_ORDER = (TEST, VALID, TRAIN)
_ODD = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Pairs:
    """The values of all pairs of two languages, in their order, that are compared."""

    first: Digests  # of the first side's text
    second: Digests  # of the second side's text
    split: NDArray[np.uint8]  # index into SPLITS


@dataclass(frozen=True)
class HeldOut:
    """Digests of validation and test texts of all inputs, by split, of both sides' languages."""

    first: Mapping[str, Digests]
    second: Mapping[str, Digests]

    def matches(self, pairs: Pairs, split: str) -> NDArray[np.bool_]:
        """True for pairs that have a text of the split on either side."""
        first, second = self.first[split], self.second[split]
        return np.isin(pairs.first, first) | np.isin(pairs.second, second)


def faults(pairs: Pairs, held_out: HeldOut, most_per_side: int) -> NDArray[np.uint8]:
    """For every pair the index into RULES of the rule that removes it, 0 if it stays.

    most_per_side: pairs that may have the same text on one side; 0 = no limit.
    """
    rules = np.zeros(len(pairs.split), np.uint8)
    train, test = (pairs.split == SPLITS.index(split) for split in (TRAIN, TEST))
    rules[train & held_out.matches(pairs, VALID)] = RULES.index(IN_VALID)
    rules[~test & held_out.matches(pairs, TEST)] = RULES.index(IN_TEST)
    ranks = np.array([_ORDER.index(split) for split in SPLITS])[pairs.split]
    order = np.argsort(ranks, kind="stable")
    _mark(rules, order, pairs.first * _ODD + pairs.second, 1, DUPLICATE)
    for side in (pairs.first, pairs.second) if most_per_side else ():
        _mark(rules, order, side, most_per_side, SAME_SIDE)
    return rules


def _mark(
    rules: NDArray[np.uint8], order: NDArray[np.intp], values: Digests, most: int, rule: str
) -> None:
    """Of pairs with the same value that stay so far, all but the first `most` break the rule."""
    left = order[rules[order] == 0]
    rules[left[_earlier(values[left]) >= most]] = RULES.index(rule)


def _earlier(values: Digests) -> NDArray[np.intp]:
    """The number of equal values before each place."""
    places = np.arange(len(values))
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    is_first = np.concatenate(([True], ordered[1:] != ordered[:-1]))[: len(values)]
    first = np.maximum.accumulate(np.where(is_first, places, 0))
    earlier = np.empty_like(places)
    earlier[order] = places - first
    return earlier
