"""The language of a page by cld3, as mC4 did it, or faster by a sample of the page."""

from functools import lru_cache
from typing import Any

from langs.registry import LANGUAGES

CODE_OF_CLD3 = {language.cld3: language.code for language in LANGUAGES.values()}

_PIECE_BYTES = 40  # of a sample: shorter ones cut too many words, longer ones see too few places
_SURE = 0.98  # a sample's answer of this probability stands (docs/results/corpus_speed.md)


def identify(text: str, max_bytes: int, sample_bytes: int = 0) -> tuple[str | None, float]:
    """mC4's code of the page's language (None if cld3 sees none of mC4's) and its probability.

    cld3 reads the first `max_bytes` bytes of UTF-8. With `sample_bytes` it first reads as many of
    these, in pieces spread evenly, and the rest only where it is not sure. The same text gives the
    same answer.
    """
    start = text[:max_bytes]
    if sample_bytes:
        answer = _find(_sample(start.encode("utf-8")[:max_bytes], sample_bytes), max_bytes)
        if answer[1] >= _SURE:
            return answer
    return _find(start, max_bytes)


def language_fault(
    code: str | None, probability: float, min_probability: float, wanted: list[str]
) -> str | None:
    """The reason to drop a page of this language, or None. `wanted` empty = all of mC4's."""
    if code is None:
        return "not_in_mc4"
    if probability < min_probability:
        return "low_probability"
    return None if not wanted or code in wanted else "not_wanted"


def _sample(data: bytes, size: int) -> str:
    """Evenly spread pieces of the UTF-8 text, `size` bytes in all; "" if the text is too short.

    Half a character at the end of a piece is left out.
    """
    pieces = size // _PIECE_BYTES
    if pieces < 2 or len(data) < 2 * size:
        return ""
    last = len(data) - _PIECE_BYTES
    starts = [number * last // (pieces - 1) for number in range(pieces)]
    joined = b" ".join([data[start : start + _PIECE_BYTES] for start in starts])
    return joined.decode("utf-8", "ignore")


def _find(text: str, max_bytes: int) -> tuple[str | None, float]:
    result = _identifier(max_bytes).FindLanguage(text) if text else None
    if result is None:
        return None, 0.0
    return CODE_OF_CLD3.get(result.language), round(result.probability, 4)


@lru_cache(maxsize=1)
def _identifier(max_bytes: int) -> Any:
    import gcld3  # here: Beam workers build their own, and other stages need none

    return gcld3.NNetLanguageIdentifier(0, max_bytes)
