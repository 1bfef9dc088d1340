"""What all inputs are turned into: rows of texts that mean the same."""

import dataclasses
import itertools
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import NamedTuple

from langs.directions import Direction

TRAIN, VALID, TEST = SPLITS = ("train", "valid", "test")
SPLIT_NAMES = {
    "train": TRAIN, "valid": VALID, "validation": VALID, "dev": VALID, "test": TEST,
    "devtest": TEST,
}  # fmt: skip
"""What files and columns call the splits."""

PIVOT = "en"
"""The language whose text decides the split of a row that has it."""

MALFORMED = "malformed"


class Row(NamedTuple):
    """Texts of the same meaning by language; of a row that cannot be read its languages alone."""

    texts: dict[str, str]  # code -> text
    split: str = ""  # one of SPLITS, or "": not told
    fault: str = ""  # why it cannot be read: MALFORMED or `rules.TOO_LONG`


@dataclass(frozen=True)
class Source:
    """One input: a file, or files that belong together line by line or key by key."""

    kind: str  # "tsv", "json", "tmx", "lines" or "keys"
    files: tuple[tuple[str, str], ...]  # (code, path); code "": the file has several languages
    languages: tuple[str, ...]  # codes; empty: told by the content
    split: str = ""  # of all its rows, or "": not told
    size: int = 0  # bytes of all files, packed

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
"""Is told how many bytes more of an input (packed) have been read."""
