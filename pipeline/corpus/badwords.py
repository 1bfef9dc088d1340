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
    language, lower = language.partition("-")[0], text.lower()
    if language in _UNSPACED:
        yield from (entry for entry in _entries(language) if entry in lower)
    elif patterns := _patterns(language):
        words = set(_WORD.findall(lower)) | {""}
        for word in patterns.keys() & words:
            yield from (match[0] for match in patterns[word].finditer(lower))


@cache
def _patterns(language: str) -> dict[str, re.Pattern[str]]:
    """For the first word of each entry ("" if it has none) a pattern that finds the entries."""
    groups: dict[str, list[str]] = {}
    for entry in sorted(_entries(language)):
        first = _WORD.search(entry)
        groups.setdefault(first[0] if first else "", []).append(re.escape(entry))
    return {
        first: re.compile(rf"(?<!\w)(?:{'|'.join(entries)})(?!\w)")
        for first, entries in groups.items()
    }


@cache
def _entries(language: str) -> frozenset[str]:
    folder = resources.files("pipeline.corpus").joinpath("badwords")
    lines = [
        line.strip()
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".txt") and re.split(r"[-.]", file.name)[0] == language
        for line in file.read_text(encoding="utf-8").lower().splitlines()
    ]
    return frozenset(line for line in lines if line) - _ALLOWED.get(language, frozenset())
