"""Translation on request: the model serves one at a time, a few wait, none for long."""

import threading
import time

from langs.errors import InputError
from langs.registry import LANGUAGES
from pipeline.translation.translate.pieces import Pieces
from pipeline.translation.translate.translator import Line, Translator

WAITING = 8  # requests at most, with the one that is served
SECONDS = 60.0  # for a request, waiting included
PIECES = 200  # of a request at most


class BusyError(Exception):
    """Too many requests wait, or this one took too long; the message says which."""


class Service:
    """A translator that several requests share."""

    def __init__(self, translator: Translator, source: str | None, target: str | None) -> None:
        """source, target: the direction that the page offers first.

        Raises InputError, as `Translator.pieces` does, if the model cannot serve it.
        """
        self.translator = translator
        tags = translator.model.tokenizer.tags if translator.prefix is None else {}
        self.targets = [LANGUAGES[code] for code in tags if code in LANGUAGES]
        self.sources = list(LANGUAGES.values()) if self.targets else []
        self.target = target or (self.targets[0].code if self.targets else None)
        self.source = source or ("en" if self.targets else None)
        translator.pieces(self.source, self.target)
        self._places = threading.BoundedSemaphore(WAITING)
        self._model = threading.Lock()

    def translate(self, text: str, source: str | None, target: str | None) -> list[Line]:
        """The translated lines of a text. Raises InputError for a wrong request, and BusyError."""
        ends = time.monotonic() + SECONDS
        pieces = self.translator.pieces(source, target)
        lines = text.split("\n")
        if sum(len(pieces.cut(line)) for line in lines) > PIECES:
            raise InputError(f"the text has more than {PIECES} sentences; ask for a part at a time")
        if not self._places.acquire(blocking=False):
            raise BusyError("too many requests are waiting; ask again later")
        try:
            return self._in_turn(lines, pieces, ends)
        finally:
            self._places.release()

    def _in_turn(self, lines: list[str], pieces: Pieces, ends: float) -> list[Line]:
        def tell(begun: int, tokens: int) -> None:
            if time.monotonic() > ends:
                raise BusyError(f"took longer than {SECONDS:.0f} s; ask for a shorter text")

        if not self._model.acquire(timeout=max(0.0, ends - time.monotonic())):
            raise BusyError(f"waited for {SECONDS:.0f} s; ask again later")
        try:
            return list(self.translator.lines(lines, pieces, tell))
        finally:
            self._model.release()
