"""Sizes of languages -> how often each is drawn in training. Pure functions.

A size may count documents, tokens, characters or bytes, as long as all languages use one unit
(mT5 counts pages). Every function raises InputError for sizes that are none.
"""

import math
from collections.abc import Mapping

from langs.errors import InputError


def alpha_of_temperature(temperature: float) -> float:
    """The exponent alpha = 1 / T; T = 1 is proportional sampling, T = infinity uniform."""
    if not temperature >= 1:
        raise InputError(f"temperature is {temperature}: give a number of at least 1")
    return 1 / temperature


def temperature_rates(sizes: Mapping[str, float], alpha: float) -> dict[str, float]:
    """p(L) proportional to |L|^alpha (mT5, arXiv 2010.11934, section 3.2), summing to 1.

    alpha = 1 is proportional, alpha = 0 uniform, above 1 the large languages get more than their
    share; mT5 uses 0.3.
    """
    _check_sizes(sizes)
    if not 0 <= alpha < math.inf:
        raise InputError(
            f"alpha is {alpha}: give 0 (uniform), 1 (proportional) or a number between"
        )
    largest = max(sizes.values())
    return _normalised({code: (size / largest) ** alpha for code, size in sizes.items()})


def unimax_allotments(
    sizes: Mapping[str, float], budget: float, max_epochs: float
) -> dict[str, float]:
    """What each language gets of `budget` (same unit as the sizes): UniMax, Algorithm 1.

    From the smallest language to the largest each gets an equal share of what remains, but no
    more than `max_epochs` times its size (arXiv 2304.09151). Where the caps allow less than
    the budget every language gets its cap, so that the sum falls short of the budget.
    """
    _check_sizes(sizes)
    for name, value in (("budget", budget), ("max_epochs", max_epochs)):
        if not 0 < value < math.inf:
            raise InputError(f"UniMax {name} is {value}: give a number above 0")
    allotments = dict.fromkeys(sizes, 0.0)
    remaining = float(budget)
    smallest_first = sorted(sizes, key=lambda code: (sizes[code], code))
    for done, code in enumerate(smallest_first):
        equal_share = remaining / (len(sizes) - done)
        allotments[code] = min(equal_share, max_epochs * sizes[code])
        remaining = max(0.0, remaining - allotments[code])
    return allotments


def unimax_rates(sizes: Mapping[str, float], budget: float, max_epochs: float) -> dict[str, float]:
    """The allotments of UniMax as rates that sum to 1."""
    return _normalised(unimax_allotments(sizes, budget, max_epochs))


def _check_sizes(sizes: Mapping[str, float]) -> None:
    if not sizes:
        raise InputError("no languages to mix: the table of sizes is empty")
    for code, size in sizes.items():
        if not 0 < size < math.inf:
            raise InputError(f"size of {code!r} is {size}: leave it out or give a number above 0")


def _normalised(weights: Mapping[str, float]) -> dict[str, float]:
    total = math.fsum(weights.values())
    return {code: weight / total for code, weight in weights.items()}
