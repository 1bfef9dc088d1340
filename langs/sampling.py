"""Sampling rates of languages, from their sizes. Pure functions.

A size may count documents, tokens, characters or bytes, as long as all languages use one unit
(mT5 counts pages).
"""

import math
from collections.abc import Mapping

from langs.errors import InputError


def alpha_of_temperature(temperature: float) -> float:
    """The exponent of temperature sampling, alpha = 1 / T.

    Args:
        temperature: T, at least 1; 1 is proportional sampling, infinity uniform.

    Returns:
        alpha, 0 to 1.

    Raises:
        InputError: T is below 1.
    """
    if not temperature >= 1:
        raise InputError(f"temperature is {temperature}: give a number of at least 1")
    return 1 / temperature


def temperature_rates(sizes: Mapping[str, float], alpha: float) -> dict[str, float]:
    """p(L) proportional to |L|^alpha (mT5, arXiv 2010.11934, section 3.2), summing to 1.

    Args:
        sizes: size |L| of each language by code, above 0.
        alpha: 0 is uniform, 1 proportional; above 1 large languages get more than their share. mT5
            uses 0.3.

    Returns:
        The rate of each language, in the order of sizes.

    Raises:
        InputError: no sizes, a size that is not above 0, or a negative or infinite alpha.
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
    """The part of a training budget that each language gets: UniMax (arXiv 2304.09151, Alg. 1).

    From the smallest language to the largest each gets an equal share of what remains, but no
    more than `max_epochs` times its size. Where the caps allow less than the budget every language
    gets its cap, so that the sum falls short of the budget.

    Args:
        sizes: size of each language by code, above 0.
        budget: in the unit of the sizes, above 0.
        max_epochs: most passes over a language, above 0.

    Returns:
        The allotment of each language in the unit of the sizes.

    Raises:
        InputError: no sizes, or a value that is not above 0.
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
    """The allotments of UniMax as rates that sum to 1 (see `unimax_allotments`).

    Args:
        sizes: size of each language by code, above 0.
        budget: in the unit of the sizes, above 0.
        max_epochs: most passes over a language, above 0.

    Returns:
        The rate of each language.

    Raises:
        InputError: no sizes, or a value that is not above 0.
    """
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
