"""The language of a page by cld3, as mC4 did it."""

from functools import lru_cache
from typing import Any

from langs.registry import LANGUAGES

CODE_OF_CLD3 = {language.cld3: language.code for language in LANGUAGES.values()}


def identify(text: str, max_bytes: int) -> tuple[str | None, float]:
    """mC4's code of the page's language (None if cld3 sees none of mC4's) and its probability.

    cld3 reads the first `max_bytes` bytes of UTF-8. The same text gives the same answer.
    """
    result = _identifier(max_bytes).FindLanguage(text[:max_bytes])
    if result is None:
        return None, 0.0
    return CODE_OF_CLD3.get(result.language), round(result.probability, 4)


def language_fault(
    code: str | None, probability: float, min_probability: float, wanted: list[str]
) -> str | None:
    """Why a page's language makes it go, or None. `wanted` empty = all of mC4's."""
    if code is None:
        return "not_in_mc4"
    if probability < min_probability:
        return "low_probability"
    return None if not wanted or code in wanted else "not_wanted"


@lru_cache(maxsize=1)
def _identifier(max_bytes: int) -> Any:
    import gcld3  # here: Beam workers build their own, and other stages need none

    return gcld3.NNetLanguageIdentifier(0, max_bytes)
