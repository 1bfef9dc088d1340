"""Marks that end a sentence, by script, for C4's rule that a line must end in one of them.

C4 (arXiv 1910.10683, section 2.2) keeps "lines that ended in a terminal punctuation mark (i.e. a
period, exclamation mark, question mark, or end quotation mark)"; this is the same for each script.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping

from langs.errors import InputError

_EUROPEAN = frozenset(".!?‼⁇⁈⁉‽⸮")
_DANDAS = frozenset("।॥|")
_FULL_WIDTH = frozenset("。！？．｡︒︕︖﹒﹖﹗")  # and small, half-width and vertical forms

TERMINAL_PUNCTUATION: Mapping[str, frozenset[str]] = {
    "Arab": _EUROPEAN | frozenset("؟۔\u061d\u061e"),
    "Armn": _EUROPEAN | frozenset("։:՜՞"),
    "Beng": _EUROPEAN | _DANDAS | frozenset("\u09f7"),  # a numerator, typed for "।"
    "Cyrl": _EUROPEAN,
    "Deva": _EUROPEAN | _DANDAS,
    # ።, ፧ and ፨; ፡ and : because "፡፡" and "::" are typed for "።"
    "Ethi": _EUROPEAN | frozenset("።፧፨፡:"),
    "Geor": _EUROPEAN | frozenset("჻։"),
    "Grek": _EUROPEAN | frozenset(";\u037e"),  # both are the Greek question mark
    "Gujr": _EUROPEAN | _DANDAS,
    "Guru": _EUROPEAN | _DANDAS,
    "Hang": _EUROPEAN | _FULL_WIDTH,
    "Hani": _EUROPEAN | _FULL_WIDTH,
    "Hebr": _EUROPEAN | frozenset("\u05c3"),  # sof pasuq
    "Jpan": _EUROPEAN | _FULL_WIDTH,
    "Khmr": _EUROPEAN | frozenset("។៕៚"),
    "Knda": _EUROPEAN | _DANDAS,
    "Laoo": frozenset(),  # sentences end in a space
    "Latn": _EUROPEAN,
    "Mlym": _EUROPEAN | _DANDAS,
    "Mymr": _EUROPEAN | frozenset("။"),  # not "၊", which is a comma
    "Sinh": _EUROPEAN | _DANDAS | frozenset("෴"),
    "Taml": _EUROPEAN | _DANDAS,
    "Telu": _EUROPEAN | _DANDAS,
    "Thai": frozenset(),  # sentences end in a space
}
"""ISO 15924 script -> its marks; an empty set means that the script has no such habit."""

_END_QUOTES = frozenset('"”“»«」』″＂〞〟｣﹂﹄')
_CLOSING = _END_QUOTES | frozenset("'’‘‛＇`")  # beside all closing brackets and quotes of Unicode
_CLOSING_CATEGORIES = frozenset({"Pe", "Pf", "Pi"})
_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
_INVISIBLE = frozenset("\u034f\ufe0e\ufe0f")  # a joiner, selectors of a form
_ELLIPSES = ("...", "…", "。。。", "．．．", "｡｡｡", "۔۔۔")
_LONGEST_END = 200  # characters behind the sentence itself that are looked at
_NOTES = re.compile(r"(?:\[(?!\.)[^\[\]…]{1,40}\]|[\u2070\u2074-\u2079¹²³])+\Z")


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

    Closing quotes and brackets may follow the mark, and notes that touch it (`.[a]`, `.²`); blanks,
    controls and format characters (categories Z, Cc and Cf) are passed over. As in C4 an end
    quotation mark alone is enough, and an ellipsis (a text cut short) is not.
    """
    marks = terminal_punctuation(script)
    if not marks:
        return True
    last = line[-1:]
    if last.isalpha() or last in marks:  # most lines: nothing stands behind their end
        return not (last.isalpha() or line.endswith(_ELLIPSES))
    line = _without_end(line, _is_invisible)[-_LONGEST_END:]
    return _ends(line, marks) or _ends(_NOTES.sub("", line), marks)


def _ends(line: str, marks: frozenset[str]) -> bool:
    core = _without_end(line, _is_behind_mark)
    end = frozenset(line[len(core) :])
    if core.endswith(_ELLIPSES) and end.isdisjoint(_CLOSING):
        return False
    return core[-1:] in marks or (bool(core) and not end.isdisjoint(_END_QUOTES))


def _without_end(line: str, is_end: Callable[[str], bool]) -> str:
    """The line without the characters at its end of which `is_end` is true."""
    end = len(line)
    while end and is_end(line[end - 1]):
        end -= 1
    return line[:end]


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) in _INVISIBLE_CATEGORIES or character in _INVISIBLE


def _is_behind_mark(character: str) -> bool:
    return (
        character in _CLOSING
        or unicodedata.category(character) in _CLOSING_CATEGORIES
        or _is_invisible(character)
    )
