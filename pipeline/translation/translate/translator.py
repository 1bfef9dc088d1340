"""Translates lines in their order and with bounded memory."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import torch

from langs import registry
from langs.errors import InputError
from models.generation.text_model import TextModel
from models.generation.translation import Instruction, Search, Translation, translated
from pipeline.translation.translate.pieces import Pieces

WINDOW_TOKENS, WINDOW_LINES = 100_000, 10_000

Tell = Callable[[int, int], None]
"""Called after each batch with the numbers of lines it began and of tokens it wrote."""


@dataclass(frozen=True)
class Line:
    """A line and its translations, best first; an empty line has one, which is empty."""

    text: str
    translations: list[Translation]


@dataclass
class _Piece:
    """A piece of a line, and its translations once there are any."""

    source: list[int]
    is_first: bool  # of its line
    translations: list[Translation]


_Window = list[tuple[str, Pieces, list[_Piece]]]  # lines, how they are cut, and their pieces


@dataclass(frozen=True)
class Translator:
    """A model with the settings of its search."""

    model: TextModel
    search: Search
    longest: int  # tokens of a piece of a line
    prefix: str | None = None  # for models without tags

    def __post_init__(self) -> None:
        """Raises InputError for more beams than half of the model's ids."""
        if 2 * self.search.beams > self.model.model.config.vocabulary_size:
            raise InputError(f"beams {self.search.beams} is more than half of the model's ids")

    def pieces(self, source: str | None, target: str | None) -> Pieces:
        """The way to cut lines of a direction, by codes of the registry.

        With a prefix the codes only decide where sentences end and how they are joined. Raises
        InputError for a code that is missing or unknown, or a target that the model has no tag for.
        """
        languages = [registry.get(code) if code else None for code in (source, target)]
        tokenizer = self.model.tokenizer
        if self.prefix is not None:
            instruction = Instruction(prefix=self.prefix)
        elif not tokenizer.tags:
            raise InputError(
                "the model has no tags that tell it the target language; if it knows directions by "
                "words, give --prefix, such as 'translate English to German: '"
            )
        elif not source or not target:
            raise InputError("say which languages: --source CODE --target CODE")
        else:
            instruction = Instruction(tag=(tokenizer.tag(target),))
        return Pieces(tokenizer, instruction, self.longest, *languages)

    def lines(self, lines: Iterable[str | None], pieces: Pieces, tell: Tell) -> Iterator[Line]:
        """The translation of each line of one direction; see `lines_of_directions`."""
        together = (None if line is None else (line, pieces) for line in lines)
        return self.lines_of_directions(together, tell)

    def lines_of_directions(
        self, lines: Iterable[tuple[str, Pieces] | None], tell: Tell
    ) -> Iterator[Line]:
        """The translation of each line; if `lines` raises, of all lines before that first.

        Each line comes with the way to cut it (`pieces`): lines of many directions share batches.
        Lines are taken WINDOW_LINES at a time, or as many as have WINDOW_TOKENS, so that pieces of
        like length can go together; no more lines are held. None among the lines says that the
        next one is not there yet: those before are translated at once. Errors that `tell` raises
        pass up.
        """
        window: _Window = []
        tokens = 0
        try:
            for line in lines:
                if line is not None:
                    text, pieces = line
                    cut = [_Piece(source, n == 0, []) for n, source in enumerate(pieces.cut(text))]
                    window.append((text, pieces, cut))
                    tokens += sum(len(piece.source) for piece in cut)
                if line is None or tokens >= WINDOW_TOKENS or len(window) == WINDOW_LINES:
                    yield from self._translated(window, tell)
                    window, tokens = [], 0
        except InputError:
            yield from self._translated(window, tell)
            raise
        yield from self._translated(window, tell)

    def _translated(self, window: _Window, tell: Tell) -> Iterator[Line]:
        tell(sum(not cut for _, _, cut in window), 0)
        everything = [piece for _, _, cut in window for piece in cut]
        sources = [piece.source for piece in everything]
        for places, translations in translated(*self.model, sources, self.search):
            batch = [everything[place] for place in places]
            for piece, best in zip(batch, translations, strict=True):
                piece.translations = best
            tell(sum(p.is_first for p in batch), sum(p.translations[0].tokens for p in batch))
        for line, pieces, cut in window:
            yield Line(line, pieces.joined([piece.translations for piece in cut]))


def usable_device(name: str | None) -> torch.device:
    """The device of this name; without one the GPU if there is any, else the CPU.

    Raises InputError for one that is not there.
    """
    try:
        device = torch.device(name or ("cuda" if torch.cuda.is_available() else "cpu"))
        torch.zeros(1, device=device).item()
    except (RuntimeError, AssertionError) as error:
        reason = str(error).strip().split("\n")[0]
        raise InputError(f"--device {name} cannot be used: {reason}") from error
    return device
