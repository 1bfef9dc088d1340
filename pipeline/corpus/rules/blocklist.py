"""Pages whose address is on a list of the user's (as FineWeb, arXiv 2406.17557, section 3.1).

Address lists hold a domain (all hosts below it too) or a host with the start of a path a line, as
the lists of the University of Toulouse (UT1) do; word lists a word a line. Lines that start with #
are comments. Millions of lines are kept as 64-bit hashes, 8 bytes a line.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pipeline.corpus.cleaning_config import Cleaning
from pipeline.corpus.duplicates.hashes import text_hash
from pipeline.files.lines import setting_lines

_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://")
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_WORD = re.compile(r"[^\W_]+")
_MOST_PARTS = 64  # of a host or a path that are looked at


class Blocklist:
    """The addresses and words of the settings. Raises InputError for a file that is missing."""

    def __init__(self, config: Cleaning) -> None:
        self._addresses = _hashes("blocked_address_files", tuple(config.blocked_address_files))
        self._words = _hashes("blocked_word_files", tuple(config.blocked_word_files))

    def fault(self, url: str) -> str | None:
        """Why a page of this address goes, or None."""
        if len(self._addresses) and _any_in(address_starts(url), self._addresses):
            return "address"
        if len(self._words) and _any_in(_WORD.findall(url.lower()), self._words):
            return "word"
        return None


def address_starts(url: str) -> list[str]:
    """What a list may hold that blocks the address: host and path, each shorter and shorter.

    For http://a.b.org/x/y: a.b.org, b.org, org, a.b.org/x and a.b.org/x/y; without `www.`.
    """
    host, path = _parted(url)
    labels = host.split(".")[-_MOST_PARTS:]
    starts = [".".join(labels[first:]) for first in range(len(labels))]
    steps = path.split("/")[:_MOST_PARTS] if path else []
    return starts + ["/".join([host, *steps[:count]]) for count in range(1, len(steps) + 1)]


def _parted(url: str) -> tuple[str, str]:
    """Host (lower case, without user, port and `www.`) and path (without its outer `/`)."""
    address = _SCHEME.sub("", url.strip().lower())
    host, _, path = address.partition("/")
    host = host.rpartition("@")[2].split("?")[0].split("#")[0].split(":")[0]
    return host.removeprefix("www.").strip("."), path.split("?")[0].split("#")[0].strip("/")


def _any_in(texts: Sequence[str], hashes: NDArray[np.uint64]) -> bool:
    wanted = np.array([text_hash(text) for text in texts], np.uint64)
    places = np.minimum(np.searchsorted(hashes, wanted), len(hashes) - 1)
    return bool((hashes[places] == wanted).any())


@lru_cache(maxsize=4)
def _hashes(setting: str, files: tuple[str, ...]) -> NDArray[np.uint64]:
    """Sorted hashes of the entries of all files."""
    is_address = setting == "blocked_address_files"
    entries = (_entry(line) if is_address else line.lower() for line in _entries(setting, files))
    return np.unique(np.fromiter(map(text_hash, entries), np.uint64))


def _entries(setting: str, files: tuple[str, ...]) -> Iterator[str]:
    for path in files:
        for line in setting_lines(setting, path):
            entry = line.strip()
            if entry and not entry.startswith("#"):
                yield entry


def _entry(line: str) -> str:
    if _HOST.fullmatch(line):  # nearly all lines
        return line.removeprefix("www.")
    host, path = _parted(line)
    return f"{host}/{path}" if path else host
