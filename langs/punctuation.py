"""Marks that end a sentence, by script, for C4's rule that a line must end in one of them.

C4 (arXiv 1910.10683, section 2.2) keeps "lines that ended in a terminal punctuation mark (i.e. a
period, exclamation mark, question mark, or end quotation mark)"; this is the same for each script.
"""

from collections.abc import Mapping

from langs.errors import InputError

_EUROPEAN = frozenset(".!?")
_DANDAS = frozenset("।॥|")
_FULL_WIDTH = frozenset("。！？．｡")

TERMINAL_PUNCTUATION: Mapping[str, frozenset[str]] = {
    "Arab": _EUROPEAN | frozenset("؟۔"),
    "Armn": _EUROPEAN | frozenset("։:՜՞"),
    "Beng": _EUROPEAN | _DANDAS,
    "Cyrl": _EUROPEAN,
    "Deva": _EUROPEAN | _DANDAS,
    # ።, ፧ and ፨; ፡ and : because "፡፡" and "::" are typed for "።"
    "Ethi": _EUROPEAN | frozenset("።፧፨፡:"),
    "Geor": _EUROPEAN,
    "Grek": _EUROPEAN | frozenset(";\u037e"),  # both are the Greek question mark
    "Gujr": _EUROPEAN | _DANDAS,
    "Guru": _EUROPEAN | _DANDAS,
    "Hang": _EUROPEAN | _FULL_WIDTH,
    "Hani": _EUROPEAN | _FULL_WIDTH,
    "Hebr": _EUROPEAN,
    "Jpan": _EUROPEAN | _FULL_WIDTH,
    "Khmr": _EUROPEAN | frozenset("។៕"),
    "Knda": _EUROPEAN | _DANDAS,
    "Laoo": frozenset(),  # sentences end in a space
    "Latn": _EUROPEAN,
    "Mlym": _EUROPEAN | _DANDAS,
    "Mymr": _EUROPEAN | frozenset("။"),
    "Sinh": _EUROPEAN | frozenset("෴"),
    "Taml": _EUROPEAN | _DANDAS,
    "Telu": _EUROPEAN | _DANDAS,
    "Thai": frozenset(),  # sentences end in a space
}
"""ISO 15924 script -> its marks; an empty set means that the script has no such habit."""

_END_QUOTES = frozenset('"”“»«」』″')
_CLOSING = _END_QUOTES | frozenset(")]}'’‘›‹）］】〉》）\u200b\u200c\u200e\u200f")
_ELLIPSES = ("...", "…", "。。。")


def terminal_punctuation(script: str) -> frozenset[str]:
    """The marks of an ISO 15924 script; empty where the rule does not apply.

    Raises InputError for a script that no task of mC4 is written in.
    """
    if script not in TERMINAL_PUNCTUATION:
        known = " ".join(TERMINAL_PUNCTUATION)
        raise InputError(f"no punctuation known for script {script!r}: use one of {known}")
    return TERMINAL_PUNCTUATION[script]


def ends_in_terminal_punctuation(line: str, script: str) -> bool:
    """Whether `line` ends as a sentence of the script does; true where the rule does not apply.

    Closing quotes and brackets may follow the mark. As in C4 an end quotation mark alone is enough,
    and an ellipsis (a text cut short) is not.
    """
    marks = terminal_punctuation(script)
    if not marks:
        return True
    line = line.rstrip()
    if line.endswith(_ELLIPSES):
        return False
    core = line.rstrip("".join(_CLOSING)).rstrip()
    return core[-1:] in marks or (bool(core) and line[-1] in _END_QUOTES)
