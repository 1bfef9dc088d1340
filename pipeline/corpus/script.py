"""The script of a line, from its letters: no language need be known."""

import unicodedata
from collections import Counter
from functools import lru_cache

from langs.registry import LANGUAGES

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
