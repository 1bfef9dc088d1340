"""Translation directions: `en-fr`, `en-hi-Latn`, and patterns such as `en-*,*-en`."""

import difflib
import itertools
from collections.abc import Collection, Iterable
from typing import NamedTuple

from langs import registry
from langs.errors import InputError

ANY = "*"


class Direction(NamedTuple):
    """A translation direction, by mC4's codes; `str` gives `en-fr`."""

    source: str
    target: str

    def __str__(self) -> str:
        return f"{self.source}-{self.target}"

    @property
    def pair(self) -> "Direction":
        """The two languages in the order of their codes: how data of both directions is named."""
        return Direction(*sorted(self))

    @property
    def reverse(self) -> "Direction":
        """From the target into the source."""
        return Direction(self.target, self.source)


def between(codes: Collection[str]) -> list[Direction]:
    """All directions between these languages, sorted."""
    return [Direction(*pair) for pair in itertools.permutations(sorted(set(codes)), 2)]


def split(text: str) -> Direction:
    """The direction that a text such as `en-fr` or `hi-Latn-en` names.

    Raises InputError if it is not two different codes of the registry with a hyphen between.
    """
    direction = Direction(*_halves(text, ()))
    if direction.source == direction.target:
        raise InputError(_into_itself(text))
    return direction


def parse(patterns: str | Iterable[str], known: Collection[Direction]) -> list[Direction]:
    """The known directions that match one of the patterns, sorted, each once.

    patterns: `en-fr`, `en-*`, `*-en` or `*-*`, several separated by commas or white space.
    Raises InputError for a pattern that does not parse, and for one that matches nothing.
    """
    texts = [patterns] if isinstance(patterns, str) else patterns
    wanted = [part for text in texts for part in text.replace(",", " ").split()]
    if not wanted:
        raise InputError("no direction is named; write one like en-fr, en-* or *-*")
    return sorted({match for pattern in wanted for match in _matching(pattern, known)})


def _into_itself(text: str) -> str:
    return f"direction {text!r} goes from a language into itself; name two languages"


def _matching(pattern: str, known: Collection[Direction]) -> list[Direction]:
    source, target = _halves(pattern, (ANY,))
    if source == target != ANY:
        raise InputError(_into_itself(pattern))
    matches = [
        direction
        for direction in known
        if source in (ANY, direction.source) and target in (ANY, direction.target)
    ]
    if not matches:
        names = sorted(map(str, known))
        close = difflib.get_close_matches(pattern, names, n=1, cutoff=0.8)
        shown = ", ".join(names[:6]) + (", ..." if len(names) > 6 else "")
        hint = f"did you mean {close[0]}?" if close else f"there are {shown or 'none'}"
        raise InputError(f"no direction {pattern} in the data: {hint}")
    return matches


def _halves(text: str, besides: Collection[str]) -> tuple[str, str]:
    """The two codes (or one of `besides`) that a hyphen joins; codes may have hyphens, too."""
    parts = text.strip().split("-")
    halves = [("-".join(parts[:n]), "-".join(parts[n:])) for n in range(1, len(parts))]
    if not halves:
        raise InputError(f"{text!r} is no direction; write one like en-fr, en-* or *-*")
    for source, target in halves:
        if _is_known(source, besides) and _is_known(target, besides):
            return source, target
    likely = [half for half in halves if any(_is_known(code, besides) for code in half)] or halves
    unknown = next(code for code in likely[-1] if not _is_known(code, besides))
    registry.get(unknown)  # raises, with the code that is close
    raise AssertionError


def _is_known(code: str, besides: Collection[str]) -> bool:
    return code in registry.LANGUAGES or code in besides
