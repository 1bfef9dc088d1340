"""Rules that remove pairs of texts that are no good translation of each other.

A text is judged once, however many pairs it is in (`Rules.side`), then its pairs (`Rules.fault`).
"""

import hashlib
import unicodedata
from dataclasses import dataclass

import regex

from langs.cld3 import identify
from langs.registry import LANGUAGES
from langs.scripts import script_share
from pipeline.translation.bitext.config import BitextConfig

EMPTY, NO_LETTERS, TOO_SHORT, TOO_LONG = "empty", "no_letters", "too_short", "too_long"
COPY, LENGTH_RATIO, LANGUAGE = "copy", "length_ratio", "language"

_NO_TEXT = regex.compile(r"[\p{Cc}\p{Cs}\uFEFF]+")
_NOT_COMPARED = regex.compile(r"[^\p{L}\p{M}\p{N}]+")
_LETTER = regex.compile(r"\p{L}")
_IDENTIFIED_BYTES = 400  # that cld3 reads
_SLACK = 10  # characters, added to both sides: in short texts a few more mean nothing
_LATIN_CHARACTERS = {"Hani": 2.9, "Jpan": 2.2, "Hang": 1.85, "Ethi": 1.5}
"""Characters of English that one of these scripts stands for (NTREX-128); elsewhere 0.8 to 1.2."""
_UNIDENTIFIED = frozenset({"yo"})
"""Languages that cld3 takes for another in most of their text (docs/results)."""
_RELATIVES = (
    {"id", "ms"}, {"xh", "zu"}, {"jv", "su"}, {"da", "no"}, {"ceb", "fil"}, {"cs", "sk"},
    {"haw", "mi", "sm"},
)  # fmt: skip
"""Languages that cld3 takes for each other, however sure it is."""


def tidy(text: str) -> str:
    """The text on one line: white space and control characters are single spaces."""
    return " ".join(_NO_TEXT.sub(" ", text).split())


def digest(text: str) -> bytes:
    """8 bytes, equal for texts that differ by case, white space, punctuation or width alone.

    Case is folded between two normalisations (Unicode 16, section 3.13, D146): the case folding of
    `ΐ` is decomposed, and that of its capital is not.
    """
    folded = unicodedata.normalize("NFKD", text).casefold()
    normal = unicodedata.normalize("NFKC", folded)
    letters = _NOT_COMPARED.sub("", normal)
    return hashlib.blake2b(letters.encode("utf-8"), digest_size=8).digest()


def length(text: str, code: str) -> float:
    """Length in characters of an alphabet, so that languages of any script compare."""
    language = LANGUAGES[code]
    return len(text) * _LATIN_CHARACTERS.get(language.script, 1.0)


@dataclass(frozen=True, slots=True)
class Side:
    """The properties of a text by itself."""

    text: str  # tidy
    digest: bytes  # see `digest`
    length: float  # see `length`
    fault: str  # EMPTY, NO_LETTERS, TOO_SHORT, TOO_LONG or ""
    is_other_language: bool


class Rules:
    """The rules with the settings' limits."""

    def __init__(self, config: BitextConfig) -> None:
        self._config = config

    def side(self, text: str | None, code: str) -> Side:
        """The properties of a text in the language `code`; None: it was too long to be read."""
        if text is None:
            return Side("", b"", 0.0, TOO_LONG, False)
        text = tidy(text)
        fault = self._fault(text)
        other = not fault and self._is_other_language(text, code)
        return Side(text, digest(text), length(text, code), fault, other)

    def fault(self, first: Side, second: Side) -> str:
        """The first rule that the pair breaks, "" for a good pair."""
        if fault := first.fault or second.fault:
            return fault
        if first.digest == second.digest:
            return COPY
        shorter, longer = sorted((first.length + _SLACK, second.length + _SLACK))
        if self._config.max_length_ratio and longer / shorter > self._config.max_length_ratio:
            return LENGTH_RATIO
        return LANGUAGE if first.is_other_language or second.is_other_language else ""

    def _fault(self, text: str) -> str:
        if not text:
            return EMPTY
        if len(text) > self._config.max_characters:
            return TOO_LONG
        if len(text) < self._config.min_characters:
            return TOO_SHORT
        return "" if _LETTER.search(text) else NO_LETTERS

    def _is_other_language(self, text: str, code: str) -> bool:
        """Whether cld3 is sure of another language; short texts are not identified."""
        config = self._config
        if not config.min_language_probability or code in _UNIDENTIFIED:
            return False
        if length(text, code) < config.min_identified_characters:
            return False
        identified, probability = identify(text, _IDENTIFIED_BYTES)
        if identified == code or probability < config.min_language_probability:
            return False
        if identified is None:  # none of mC4's
            return True
        is_relative = any({identified, code} <= group for group in _RELATIVES)
        return not is_relative and script_share(text, LANGUAGES[identified]) >= 0.5
