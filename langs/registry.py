"""The 107 tasks of mC4: 101 languages, and six of them once more in Latin script.

`registry.tsv` holds the facts. Page counts (TFDS `c4/multilingual` 3.0.1, train + validation) and
tokens (mT5 paper, arXiv 2010.11934, language table) are those published for mC4; scripts are
ISO 15924, FLORES codes those of FLORES-200. Hebrew is `iw` and Norwegian `no`, as cld3 calls them.
"""

import csv
import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType

from langs.errors import InputError


@dataclass(frozen=True)
class Language:
    """A task of mC4: a language in a script.

    `flores` is empty where FLORES-200 lacks the language. `sacrebleu_tokenizer` is one that needs
    neither internet nor MeCab; `char` where words are not separated, and for Korean.
    """

    code: str  # mC4's code, e.g. "en", "iw", "ru-Latn"
    name: str  # English name
    own_name: str  # what its speakers call it, in its own script
    script: str  # ISO 15924, e.g. "Latn"
    direction: str  # "ltr" or "rtl"
    family: str  # top level, e.g. "Indo-European"; also "Isolate", "Creole", "Constructed"
    spaced: bool  # words are separated by spaces
    cld3: str  # label that cld3 gives to its text
    flores: str  # FLORES-200 code, e.g. "eng_Latn"
    sacrebleu_tokenizer: str  # "13a", "zh" or "char"
    mc4_pages: int
    mc4_tokens_billions: float


# Codes in use elsewhere (BCP 47, FLORES, old ISO 639) and what mC4 calls the same language.
_CODES_ELSEWHERE = {
    "cmn": "zh", "he": "iw", "in": "id", "ji": "yi", "jw": "jv", "kmr": "ku", "nb": "no",
    "nob": "no", "tgl": "fil", "tl": "fil",
}  # fmt: skip

_SUBTAGS = re.compile(r"(-([a-z]{2}|[a-z]{4}|\d{3}))+$")  # region, script

_ISO_639 = {"iw": "he"}  # where mC4's code is an old one


def _read_registry() -> dict[str, Language]:
    text = resources.files("langs").joinpath("registry.tsv").read_text(encoding="utf-8")
    languages = {}
    for row in csv.DictReader(text.splitlines(), delimiter="\t"):
        languages[row["code"]] = Language(
            **{
                **row,
                "spaced": row["spaced"] == "yes",
                "mc4_pages": int(row["mc4_pages"]),
                "mc4_tokens_billions": float(row["mc4_tokens_billions"]),
            }  # type: ignore[arg-type]
        )
    return languages


LANGUAGES: Mapping[str, Language] = MappingProxyType(_read_registry())
"""All tasks by code, in code order."""


def get(code: str) -> Language:
    """The language with mC4's code `code`; raises InputError with a suggestion if there is none."""
    if code in LANGUAGES:
        return LANGUAGES[code]
    guess = _closest(code)
    hint = f"did you mean {guess.code!r} ({guess.name})?" if guess else "see `mswitch languages`"
    raise InputError(f"unknown language code {code!r}: {hint}")


def of_tag(tag: str) -> str | None:
    """mC4's code for a tag in use elsewhere (BCP 47, FLORES): `en-US`, `he`, `fra_Latn`.

    None for languages that mC4 does not have, and for a text that is no tag. Case does not matter.
    """
    tag = tag.strip().lower().replace("_", "-")
    codes = _code_of_tag()
    if tag not in codes:
        tag = _SUBTAGS.sub("", tag)
    return codes.get(tag)


def of_name(name: str) -> str | None:
    """mC4's code for a tag, or for a language's name in English or its own; None if neither."""
    return of_tag(name) or _code_of_name().get(name.strip().lower())


@cache
def _code_of_tag() -> Mapping[str, str]:
    code_of = dict(_CODES_ELSEWHERE)
    for language in LANGUAGES.values():
        flores = language.flores.lower().replace("_", "-")
        for tag in (flores.partition("-")[0], flores, language.code.lower()):
            code_of[tag] = language.code
    code_of.pop("", None)
    return code_of


@cache
def _code_of_name() -> Mapping[str, str]:
    languages = LANGUAGES.values()
    return {
        name.lower(): language.code
        for language in languages
        for name in (language.own_name, language.name)
        if name
    }


def iso_639(code: str) -> str:
    """The code of today's ISO 639 for a language of mC4, without its script: `iw` gives `he`."""
    return _ISO_639.get(code, code.partition("-")[0])


def _closest(wanted: str) -> Language | None:
    """The language whose code elsewhere, FLORES code, name or own code looks like `wanted`."""
    wanted = wanted.strip().lower().replace("_", "-")
    code_of = {**_code_of_name(), **_code_of_tag()}
    exact = [part for part in (wanted, wanted.partition("-")[0]) if part in code_of]
    close = difflib.get_close_matches(wanted, code_of, n=1, cutoff=0.8) or exact
    return LANGUAGES[code_of[close[0]]] if close else None
