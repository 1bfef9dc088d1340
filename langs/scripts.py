"""The script of a line, from its letters: no language need be known."""

import unicodedata
from collections import Counter
from functools import lru_cache

from langs.registry import LANGUAGES, Language

# First word of a letter's Unicode name -> ISO 15924, for the scripts that mC4's languages use.
_SCRIPTS = {
    "ARABIC": "Arab", "ARMENIAN": "Armn", "BENGALI": "Beng", "CJK": "Hani", "CYRILLIC": "Cyrl",
    "DEVANAGARI": "Deva", "ETHIOPIC": "Ethi", "FULLWIDTH": "Latn", "GEORGIAN": "Geor",
    "GREEK": "Grek", "GUJARATI": "Gujr", "GURMUKHI": "Guru", "HALFWIDTH": "Jpan",
    "HANGUL": "Hang", "HEBREW": "Hebr", "HIRAGANA": "Jpan", "KANNADA": "Knda",
    "KATAKANA": "Jpan", "KATAKANA-HIRAGANA": "Jpan", "KHMER": "Khmr", "LAO": "Laoo",
    "LATIN": "Latn", "MALAYALAM": "Mlym", "MYANMAR": "Mymr", "SINHALA": "Sinh", "TAMIL": "Taml",
    "TELUGU": "Telu", "THAI": "Thai",
}  # fmt: skip

UNSPACED_SCRIPTS = frozenset(
    language.script for language in LANGUAGES.values() if not language.spaced
)
"""Scripts that do not separate words by spaces."""


# Scripts written together with another one.
_TOGETHER = {"Jpan": {"Jpan", "Hani"}, "Hang": {"Hang", "Hani"}}


def script_share(text: str, language: Language) -> float:
    """The share of the text's letters that are in the script of the language; 1 without letters."""
    wanted = _TOGETHER.get(language.script, {language.script})
    letters = {letter: n for letter, n in Counter(text).items() if letter.isalpha()}
    inside = sum(n for letter, n in letters.items() if _letter_script(letter) in wanted)
    return inside / sum(letters.values()) if letters else 1.0


def written_in(text: str, language: Language) -> bool:
    """Whether all of a text is in the script of the language: letters, signs and its own digits.

    Accents that are characters of their own may stand with it.
    """
    wanted = _TOGETHER.get(language.script, {language.script})
    inside = [_letter_script(character) in wanted for character in text]
    return any(inside) and all(
        known or unicodedata.combining(character)
        for known, character in zip(inside, text, strict=True)
    )


def line_script(line: str) -> str | None:
    """ISO 15924 code of the script of most letters of the line.

    None if there are no letters or most are of a script that no task of mC4 uses.
    """
    counts = Counter(_letter_script(letter) for letter in line if letter.isalpha())
    return counts.most_common(1)[0][0] if counts else None


def last_letter_script(line: str) -> str | None:
    """ISO 15924 code of the script of the line's last letter; None as for `line_script`."""
    for character in reversed(line):
        if character.isalpha():
            return _letter_script(character)
    return None


@lru_cache(maxsize=2**16)
def _letter_script(letter: str) -> str | None:
    return _SCRIPTS.get(unicodedata.name(letter, "").partition(" ")[0])
