"""Sentences of a text, by the rules of its language (sentencex, which has some 300)."""

import sentencex

from langs.registry import Language

# What sentencex calls the languages that mC4 calls otherwise.
_CODES = {"iw": "he", "no": "nb", "fil": "tl"}
_LATIN = "en"


def split(text: str, language: Language | None = None) -> list[str]:
    """The sentences of a text in order, white space included: joined, they are the text.

    Without a language, and for languages in Latin script beside their own, English rules apply.
    """
    code = language.code if language else _LATIN
    return list(sentencex.segment(_LATIN if "-" in code else _CODES.get(code, code), text))
