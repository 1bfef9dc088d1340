"""Off-target rate: how many lines are in another language than was asked for."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from langs.identify import Identifier

SURE = 0.7  # mC4's least probability of a language (arXiv 2010.11934, section 3.1)
OTHER = "other"  # a language that mC4 does not have


def off_target(lines: Sequence[str], target: str, identify: Identifier) -> dict[str, Any]:
    """Shares of all lines that are off target and undecided, and languages by number of lines.

    Off target: identified with a probability of at least 0.7 as another language. Undecided: with
    less, or empty. A short line is easily taken for another language, so hold the rate against
    that of the references.
    """
    found = [identify(line) for line in lines]
    languages = Counter(code or OTHER for code, probability in found if probability >= SURE)
    decided = sum(languages.values())
    return {
        "off_target": (decided - languages[target]) / len(lines),
        "undecided": 1 - decided / len(lines),
        "languages": dict(languages.most_common()),
    }
