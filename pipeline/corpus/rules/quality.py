"""Gopher's rules on what makes a page text (arXiv 2112.11446, section A.1.1).

Its rule on English stop words is left out: there is no such list for all languages.
"""

from collections.abc import Sequence

from pipeline.corpus.cleaning_config import Cleaning
from pipeline.corpus.duplicates.words import Tokens, tokens

_BULLETS = ("•", "‣", "◦", "▪", "●", "·", "-", "–", "*")
_ELLIPSES = ("...", "…")
_WORD_LIMITS = (
    *("min_words", "max_words", "max_symbols_per_word"),
    *("min_mean_word_characters", "max_mean_word_characters", "min_alphabetic_word_share"),
)


def quality_fault(lines: Sequence[str], limits: Cleaning) -> str | None:
    """The first limit that the page breaks, by name, or None."""
    if 0 < limits.max_bullet_line_share < share_of_lines(lines, starts=_BULLETS):
        return "bullet_lines"
    if 0 < limits.max_ellipsis_line_share < share_of_lines(lines, ends=_ELLIPSES):
        return "ellipsis_lines"
    if not any(getattr(limits, name) for name in _WORD_LIMITS):
        return None
    text = "\n".join(lines)
    tokenised = tokens(text)
    words = word_count(tokenised)
    if words < limits.min_words:
        return "few_words"
    if 0 < limits.max_words < words:
        return "many_words"
    if 0 < limits.max_symbols_per_word < symbols(text) / max(words, 1):
        return "symbols"
    return _word_fault(text, tokenised, limits) if tokenised.is_spaced else None


def _word_fault(text: str, tokenised: Tokens, limits: Cleaning) -> str | None:
    mean = float(tokenised.lengths.mean()) if len(tokenised.lengths) else 0.0
    if mean < limits.min_mean_word_characters:
        return "short_words"
    if 0 < limits.max_mean_word_characters < mean:
        return "long_words"
    if limits.min_alphabetic_word_share > alphabetic_share(text):
        return "not_alphabetic"
    return None


def word_count(tokenised: Tokens) -> float:
    """Words; in scripts that do not separate them two or three letters stand for one."""
    return (
        len(tokenised.hashes) - tokenised.letters + tokenised.letters / tokenised.letters_per_word
    )


def share_of_lines(
    lines: Sequence[str], starts: tuple[str, ...] = ("",), ends: tuple[str, ...] = ("",)
) -> float:
    """The share of the lines that start and end so."""
    return sum(line.startswith(starts) and line.endswith(ends) for line in lines) / max(
        len(lines), 1
    )


def symbols(text: str) -> int:
    """The number signs of a text, or its ellipses, if these are more."""
    return max(text.count("#"), text.count("...") + text.count("…"))


def alphabetic_share(text: str) -> float:
    """The share of what stands between blanks that has a letter."""
    words = text.split()
    return sum(word.isalpha() or any(map(str.isalpha, word)) for word in words) / max(len(words), 1)
