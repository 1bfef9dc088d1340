"""Duplicate URLs, pages and lines, found by 64-bit hashes alone: no text is compared or moved.

Pages and lines are rows of NumPy arrays. Which copy stays depends on the hashes only, never on the
order in which rows arrive. Two different texts share a hash once in 2^64 pairs.
"""

import hashlib
import re
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.void]

PAGE = np.dtype(
    [
        ("url", "<u8"),  # first 8 bytes of the URL's digest
        ("time", "<u8"),  # the date's digits in UTC, 20240518015810; 0: not known
        ("text", "<u8"),  # hash of the cleaned text; 0 if the page is dropped anyway
        ("fault", "<u1"),  # index of the reason for that (0: none), or OLDER, COPY once it is known
        ("file", "<u4"),  # number of the input file
        ("page", "<u4"),  # number of the page in it
    ]
)
LINE = np.dtype(
    [
        ("text", "<u8"),  # hash of the lower-cased line, or of several that start here
        ("url", "<u8"),  # of its page
        ("file", "<u4"),
        ("page", "<u4"),
        ("line", "<u4"),  # number of the line in the file
    ]
)
OLDER, COPY = 254, 255

_SCHEME = re.compile(r"https?://(www\.)?")
_TRACKING = re.compile(r"\?(utm_|ref|feed).*")


def normalised_url(url: str) -> str:
    """The URL without scheme, `www.` and tracking parameters (TFDS `c4_utils.normalize_url`)."""
    return _TRACKING.sub("", _SCHEME.sub("", url)).rstrip("/")


def url_digest(url: str) -> bytes:
    """16 bytes that stand for the page: MD5 of the normalised URL, as in TFDS."""
    address = normalised_url(url).encode("utf-8", "replace")
    return hashlib.md5(address, usedforsecurity=False).digest()


def text_hash(text: str) -> int:
    """64 bits that stand for a text."""
    digest = hashlib.md5(text.encode("utf-8"), usedforsecurity=False).digest()
    return int.from_bytes(digest[:8], "big")


def older_versions(pages: Rows) -> NDArray[np.bool_]:
    """True for each page that has a newer version under the same URL."""
    latest_first = np.iinfo(np.uint64).max - pages["time"]
    order = np.lexsort((pages["page"], pages["file"], pages["text"], latest_first, pages["url"]))
    return _all_but_first(pages["url"], order)


def copied_pages(pages: Rows) -> NDArray[np.bool_]:
    """True for each page whose text is also on a page with a smaller URL hash."""
    order = np.lexsort((pages["page"], pages["file"], pages["url"], pages["text"]))
    return _all_but_first(pages["text"], order)


def copied_lines(lines: Rows) -> NDArray[np.bool_]:
    """True for each line that is also on a page with a smaller URL hash, or earlier on its page."""
    order = np.lexsort((lines["line"], lines["file"], lines["url"], lines["text"]))
    return _all_but_first(lines["text"], order)


def line_hashes(lines: Sequence[str], span: int, normalise: bool) -> list[int]:
    """A hash of each run of `span` lines, in lower case; none if there are fewer lines.

    With `normalise`, digits count as one and punctuation as none (CCNet, arXiv 1911.00359).
    """
    lower = [line.lower() for line in lines]
    if normalise:
        lower = [line.translate(_normal_form()) for line in lower]
    starts = range(len(lines) - span + 1)
    return [text_hash("\n".join(lower[start : start + span])) for start in starts]


@cache
def _normal_form() -> dict[int, str]:
    """The table of `str.translate` that makes every digit 0 and drops punctuation."""
    kinds = ((code, unicodedata.category(chr(code))) for code in range(sys.maxunicode + 1))
    return {
        code: "0" if kind == "Nd" else "" for code, kind in kinds if kind[0] == "P" or kind == "Nd"
    }


def by_bucket(rows: Rows, field: str, buckets: int) -> Iterator[tuple[int, Rows]]:
    """The rows in parts, equal hashes together."""
    yield from _groups(rows, rows[field] % np.uint64(buckets))


def by_file(rows: Rows) -> Iterator[tuple[int, Rows]]:
    """The rows of each input file."""
    yield from _groups(rows, rows["file"])


def join(blocks: Sequence[Rows], kind: np.dtype) -> Rows:
    """All rows in one array; an empty one of dtype `kind` if there are none."""
    return np.concatenate(blocks) if blocks else np.empty(0, kind)


def _groups(rows: Rows, keys: NDArray[np.integer]) -> Iterator[tuple[int, Rows]]:
    order = np.argsort(keys, kind="stable")
    values, starts = np.unique(keys[order], return_index=True)
    for value, part in zip(values, np.split(order, starts[1:]), strict=False):
        yield int(value), rows[part]


def _all_but_first(keys: NDArray[np.integer], order: NDArray[np.integer]) -> NDArray[np.bool_]:
    """In `order`, which puts equal keys together: false for the first of each key."""
    ordered = keys[order]
    repeated = np.zeros(len(keys), dtype=bool)
    repeated[order[1:]] = ordered[1:] == ordered[:-1]
    return repeated
