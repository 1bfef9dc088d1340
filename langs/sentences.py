"""Sentences of a text, by the rules of its language (sentencex, which has some 300)."""

import sentencex

from langs.registry import Language

# What sentencex calls the languages that mC4 calls otherwise.
_CODES = {"iw": "he", "no": "nb", "fil": "tl"}
_LATIN = "en"


def split(text: str, language: Language | None = None) -> list[str]:
    """The sentences in order, each with the white space behind it: together they are the text.

    Of an unknown language, and of languages in Latin script that is not their own, as of English.
    """
    code = language.code if language else _LATIN
    return list(sentencex.segment(_LATIN if "-" in code else _CODES.get(code, code), text))
