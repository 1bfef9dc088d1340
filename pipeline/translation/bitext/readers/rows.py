"""The rows that all readers give: texts of the same meaning, by language."""

import dataclasses
import itertools
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from langs.directions import Direction
from langs.errors import InputError
from pipeline.files.lines import text_lines

TRAIN, VALID, TEST = SPLITS = ("train", "valid", "test")
SPLIT_NAMES = {
    "train": TRAIN, "valid": VALID, "validation": VALID, "dev": VALID, "test": TEST,
    "devtest": TEST,
}  # fmt: skip
"""The names of the splits in files and columns."""

PIVOT = "en"
"""The language whose text decides the split of a row that has it."""

LONGEST_TEXT_BYTES = 2**20
"""Longer texts, which are no sentences, are not read, so that memory stays bounded."""


class Row(NamedTuple):
    """Texts of the same meaning by language."""

    texts: Mapping[str, str | None]  # code -> text; None: too long to be read
    split: str = ""  # one of SPLITS, or "": not told
    is_malformed: bool = False  # cannot be read: the texts tell its languages, if they are known


@dataclass(frozen=True)
class Source:
    """One input: a file, or files that belong together line by line or key by key."""

    kind: str  # "tsv", "json", "tmx", "lines" or "keys"
    files: tuple[tuple[str, str], ...]  # (code, path); code "": the file has several languages
    languages: tuple[str, ...]  # codes; empty: the content tells them
    split: str = ""  # of all its rows, or "": not told
    size: int = 0  # bytes of all files, packed
    columns: tuple[int, ...] = ()  # of "tsv" without a heading: of the languages, from 1

    @property
    def pairs(self) -> list[Direction]:
        """All pairs of its languages, none if the content tells these."""
        return [Direction(*both) for both in itertools.combinations(sorted(self.languages), 2)]

    def narrowed(self, wanted: Collection[Direction]) -> "Source | None":
        """The input without files that no wanted pair needs; None if no pair of it is wanted.

        The pivot's file is always read: it decides the splits.
        """
        if not self.languages:
            return self
        used = {code for pair in self.pairs if pair in wanted for code in pair}
        if not used:
            return None
        files = tuple(file for file in self.files if file[0] in {"", PIVOT, *used})
        return dataclasses.replace(self, files=files) if len(files) < len(self.files) else self

    @property
    def name(self) -> str:
        """For messages: the first file."""
        return self.files[0][1]


Read = Callable[[int], None]
"""Called with the number of packed bytes of an input that were read since the last call."""


def lines_of(path: str, read: Read = lambda size: None) -> Iterator[str | None]:
    """The lines of a packed or unpacked UTF-8 file; None for one that is too long to be read."""
    return text_lines(path, read, LONGEST_TEXT_BYTES)


def split_named(name: str, path: str) -> str:
    """The split called `name` by a row of a file. Raises InputError for an unknown name."""
    if name not in SPLIT_NAMES:
        known = ", ".join(SPLIT_NAMES)
        raise InputError(f"{path}: a row is of split {name!r}: use one of {known}")
    return SPLIT_NAMES[name]
