"""The tokens of a text as NumPy arrays of hashes, for rules that compare runs of words.

A token is a word (letters, digits and the marks on them, lower case); in scripts that do not
separate words it is one letter with its marks. There 2 (Chinese, Japanese) or 3 (Thai, Lao, Khmer,
Burmese) tokens stand for a word, about as many as one has, so that a run of 5 words is one of 10
letters in Chinese and of 15 in Thai.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from langs.scripts import UNSPACED_SCRIPTS, last_letter_script

Hashes = NDArray[np.uint64]

# Classes of characters; 0: not yet known. The last two are letters of scripts without spaces.
_SEPARATOR, _WORD, _MARK, _EAST_ASIAN, _SOUTH_EAST_ASIAN = 1, 2, 3, 4, 5
_EAST_ASIAN_SCRIPTS = frozenset({"Hani", "Jpan"})
_LINE_END = ord("\n")
_JOINERS = "\u200c\u200d"
_classes = np.zeros(0x110000, np.uint8)  # by code point; filled when one is first seen
_POWERS = np.full(1024, 0x9E3779B97F4A7C15, np.uint64).cumprod()  # longer words go round
_RUN = np.uint64(0xD1B54A32D192ED03)


@dataclass(frozen=True)
class Tokens:
    """The tokens of one text, in order."""

    hashes: Hashes  # uint64 [token]; equal for equal tokens
    lengths: NDArray[np.intp]  # characters of each
    lines: NDArray[np.intp]  # number of the line that each is on
    letters: int  # tokens that are single letters of scripts without spaces
    letters_per_word: int  # that stand for a word

    @property
    def is_spaced(self) -> bool:
        """Whether at least half of the tokens are words."""
        return 2 * self.letters <= len(self.hashes)

    def run_length(self, words: int) -> int:
        """Number of tokens that stand for a run of `words` words."""
        return words if self.is_spaced else words * self.letters_per_word


@lru_cache(maxsize=2)  # several rules look at a page, one after the other
def tokens(text: str) -> Tokens:
    """The tokens of a text. Time and memory are linear in its length."""
    codes = np.frombuffer(text.lower().encode("utf-32-le", "surrogatepass"), "<u4")
    classes = _classified(codes)
    last = np.maximum.accumulate(np.where(classes == _MARK, 0, np.arange(len(codes))))
    base = classes[last]  # a mark belongs to what it is on
    inside = (base == _WORD) | (base >= _EAST_ASIAN)
    after_word = np.concatenate(([False], base[:-1] == _WORD))
    is_start = (classes >= _EAST_ASIAN) | ((classes == _WORD) & ~after_word)
    starts = np.flatnonzero(is_start[inside])
    lengths = np.diff(starts, append=np.count_nonzero(inside))
    hashes = _token_hashes(codes[inside], starts, lengths)
    lines = np.cumsum(codes == _LINE_END)[inside][starts]
    east, south_east = np.bincount(classes, minlength=6)[_EAST_ASIAN:].tolist()
    return Tokens(hashes, lengths, lines, east + south_east, 2 if east >= south_east else 3)


def runs(hashes: Hashes, length: int) -> Hashes:
    """Hashes of all runs of `length` tokens, [token - length + 1]; empty if there are fewer."""
    count = len(hashes) - length + 1
    if count < 1:
        return hashes[:0]
    total = np.zeros(count, np.uint64)
    for first in range(length):
        total = total * _RUN + hashes[first : first + count]
    return mixed(total)


def mixed(values: Hashes) -> Hashes:
    """Each of the 64 bits depends on all bits of the value (splitmix64's last step)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _token_hashes(
    codes: NDArray[np.uint32], starts: NDArray[np.intp], lengths: NDArray[np.intp]
) -> Hashes:
    if not len(starts):
        return np.empty(0, np.uint64)
    places = np.arange(len(codes)) - np.repeat(starts, lengths)
    values = mixed(codes.astype(np.uint64)) * _POWERS[places % len(_POWERS)]
    return mixed(np.add.reduceat(values, starts))


def _classified(codes: NDArray[np.uint32]) -> NDArray[np.uint8]:
    classes = _classes[codes]
    unknown = classes == 0
    if unknown.any():
        for code in np.unique(codes[unknown]).tolist():
            _classes[code] = _class(chr(code))
        classes = _classes[codes]
    return classes


def _class(character: str) -> int:
    if unicodedata.category(character).startswith("M") or character in _JOINERS:
        return _MARK
    if not character.isalnum():
        return _SEPARATOR
    script = last_letter_script(character)
    if script in UNSPACED_SCRIPTS:
        return _EAST_ASIAN if script in _EAST_ASIAN_SCRIPTS else _SOUTH_EAST_ASIAN
    return _WORD
