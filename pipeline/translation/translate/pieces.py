"""Lines are cut into pieces that a model can read, and the translations of pieces joined."""

import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from langs import sentences
from langs.registry import Language
from models.generation.translation import Instruction, Translation
from models.tokenizer.text_tokenizer import Tokenizer

_WRITTEN_ON = {"Hani", "Jpan"}  # scripts without a space between sentences
_LINE_ENDS = re.compile("[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")


@dataclass(frozen=True)
class Pieces:
    """Cuts the lines of one direction, and joins their translations."""

    tokenizer: Tokenizer
    instruction: Instruction
    longest: int  # tokens of a piece, without tag and prefix
    source: Language | None = None  # may be unknown for models without tags
    target: Language | None = None

    def cut(self, line: str) -> list[list[int]]:
        """The token ids of each piece: the whole line, or if it is too long its sentences.

        A sentence that is too long is halved, at a space if there is one. An empty line has none.
        """
        if self._fits(line):
            texts = [line]
        else:
            parts = map(self._halved, sentences.split(line, self.source))
            texts = list(itertools.chain.from_iterable(parts))
        return [self._read(text) for text in texts if self.tokenizer.encode(text)]

    def joined(self, translations: Sequence[Sequence[Translation]]) -> list[Translation]:
        """The translations of a line, best first, from those of its pieces.

        The second of the line is the second of every piece; a score is the mean of theirs.
        """
        if not translations:
            return [Translation("", 0.0, 0)]
        space = "" if self.target and self.target.script in _WRITTEN_ON else " "
        return [
            Translation(
                _LINE_ENDS.sub(" ", space.join(piece.text for piece in pieces)),
                sum(piece.score for piece in pieces) / len(pieces),
                sum(piece.tokens for piece in pieces),
                any(piece.is_cut for piece in pieces),
            )
            for pieces in zip(*translations, strict=True)
        ]

    def _read(self, text: str) -> list[int]:
        return self.instruction.source(self.tokenizer, text)

    def _fits(self, text: str) -> bool:
        return len(self._read(text)) <= self.longest + self._overhead

    @cached_property
    def _overhead(self) -> int:
        return len(self._read(""))

    def _halved(self, text: str) -> Iterator[str]:
        if self._fits(text) or len(text) < 2:
            yield text
            return
        middle = _middle(text)
        yield from self._halved(text[:middle])
        yield from self._halved(text[middle:])


def _middle(text: str) -> int:
    """The place of a cut: the space next to the middle, else the middle, but before no mark.

    Neither side is empty.
    """
    middle = len(text) // 2
    spaces = (text.rfind(" ", 1, middle + 1), text.find(" ", middle + 1, len(text) - 1))
    places = [place for place in spaces if place > 0]
    if places:
        return min(places, key=lambda place: abs(place - middle))
    while middle < len(text) - 1 and unicodedata.category(text[middle]).startswith("M"):
        middle += 1
    return middle
