"""Changes of a page's text before any rule looks at it.

Soft hyphens only tell where a word may be parted (Unicode 16, 23.2) and part it for every rule and
tokenizer. Mojibake is UTF-8 once read as another encoding (`GrÃ¼n`). ftfy undoes it, but looks at
5 MB a second, so it is asked only about lines with a pair of characters that such text must have.
Citation marks (`[1]`, `[edit]`) hide the ends of sentences, so C4 removes them from its text (arXiv
1910.10683, section 2.2; TFDS `c4_utils.clean_page`).
"""

import re
from functools import lru_cache

from pipeline.corpus.config import CorpusConfig

_SOFT_HYPHEN = "\u00ad"
# TFDS's `\[\d*\]|\[edit\]|\[citation needed\]`, and several numbers or blanks in one pair of
# brackets; with the blank before, so that none is left alone or twice.
_CITATION_MARK = re.compile(
    r" ?\[(?:\d*|[ \xa0]?\d{1,3}(?:[ \xa0]?[,;–-][ \xa0]?\d{1,3})*[ \xa0]?|edit|citation needed)\]",
    re.I,
)
_LONGEST_LINE = 10_000  # characters; ftfy tries several encodings in turn on the whole line


def repaired(text: str, config: CorpusConfig) -> str:
    """The text as the settings want it."""
    if config.repair_encoding:
        text = without_mojibake(text)
    if config.remove_soft_hyphens:
        text = text.replace(_SOFT_HYPHEN, "")
    return without_citation_marks(text) if config.remove_citation_marks else text


def without_citation_marks(text: str) -> str:
    """The text without `[1]`, `[2, 3]`, `[edit]`, `[citation needed]`; digits of any script."""
    return _CITATION_MARK.sub("", text) if "[" in text else text


def without_mojibake(text: str) -> str:
    """The text with its bad lines as they were before they were read wrongly."""
    if not _SUSPICIOUS.search(text):
        return text
    return "\n".join(_repaired_line(line) for line in text.split("\n"))


@lru_cache(maxsize=4096)  # the menus of a site are on all its pages
def _repaired_line(line: str) -> str:
    if len(line) > _LONGEST_LINE or not _SUSPICIOUS.search(line):
        return line
    from ftfy import fix_encoding  # here: most jobs do without
    from ftfy.badness import is_bad

    return fix_encoding(line) if is_bad(line) else line


def _characters(encoding: str, first: int, last: int) -> str:
    """A regex set of what these bytes are in an encoding; undefined ones as in Latin-1."""
    decoded = (bytes([byte]).decode(encoding, "ignore") for byte in range(first, last + 1))
    pairs = zip(decoded, range(first, last + 1), strict=True)
    return "[" + "".join(re.escape(character or chr(byte)) for character, byte in pairs) + "]"


# A byte that starts a character in UTF-8 and one that goes on with it, as the encodings that most
# mojibake comes from show them.
_SUSPICIOUS = re.compile(
    "|".join(
        _characters(encoding, 0xC2, 0xF4) + _characters(encoding, 0x80, 0xBF)
        for encoding in ("latin-1", "cp1252", "cp1251")
    )
)
