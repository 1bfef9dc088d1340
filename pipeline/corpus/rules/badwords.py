"""mC4's rule that a page with a bad word of its language goes.

The lists and their licence: `badwords/README.md`. A word counts where no letter or digit touches
it; in Chinese and Thai, written without spaces, anywhere (TFDS `c4_utils.get_badwords_filter_fn`).
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib import resources

_UNSPACED = frozenset({"th", "zh"})
# Part of so many ordinary words that more than a tenth of the Chinese pages would go (TFDS 3.1.0).
_ALLOWED = {"zh": frozenset({"性"})}
_WORD = re.compile(r"\w+")


def has_bad_word(text: str, language: str) -> bool:
    """Whether the page holds an entry of its language's list; false where there is no list.

    `language` is mC4's code; `hi-Latn` goes by the list of `hi`.
    """
    return next(_found(text, language), None) is not None


def bad_words(text: str, language: str) -> list[str]:
    """Entries of its language's list that the page holds, sorted."""
    return sorted(set(_found(text, language)))


def _found(text: str, language: str) -> Iterator[str]:
    language = language.partition("-")[0]
    entries = _entries(language)
    if not entries:
        return
    lower = text.lower()
    if language in _UNSPACED:
        yield from (entry for entry in entries if entry in lower)
        return
    groups, words = _groups(language), {*_WORD.findall(lower), ""}
    for word in groups.keys() & words:
        group, pattern = groups[word]
        if any(entry in lower for entry in group):  # much faster than the pattern
            yield from (match[0] for match in pattern.finditer(lower))


@cache
def _groups(language: str) -> dict[str, tuple[list[str], re.Pattern[str]]]:
    """By their first word ("" if they have none): entries, and a pattern that finds them."""
    groups: dict[str, list[str]] = {}
    for entry in sorted(_entries(language)):
        first = _WORD.search(entry)
        groups.setdefault(first[0] if first else "", []).append(entry)
    return {
        first: (entries, re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, entries))})(?!\w)"))
        for first, entries in groups.items()
    }


@cache
def _entries(language: str) -> frozenset[str]:
    folder = resources.files("pipeline.corpus.rules").joinpath("badwords")
    lines = [
        line.strip()
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".txt") and re.split(r"[-.]", file.name)[0] == language
        for line in file.read_text(encoding="utf-8").lower().splitlines()
    ]
    return frozenset(line for line in lines if line) - _ALLOWED.get(language, frozenset())
