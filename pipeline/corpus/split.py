"""Which pages are held out for validation: chosen by hash of the URL, the same in every run.

mC4 holds out the pages whose MD5 is 0 modulo 1,000. A language with few pages may get none that
way, so `min_validation_pages` adds those with the smallest hashes, up to half of the language.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

MAX_MIN_VALIDATION_PAGES = 1_000
"""Number of ranks of a language that are kept, at 8 bytes each."""

ALL_BY_SHARE = 1 << 63
"""Ranks below are those that `validation_share` holds out."""


@dataclass(frozen=True)
class LanguageSize:
    """The size of a language, counted before it is written."""

    pages: int = 0
    pages_by_share: int = 0  # held out by `validation_share`
    text_bytes: int = 0
    ranks: tuple[int, ...] = ()  # the smallest, sorted


def split_rank(digest: bytes, share: float) -> int:
    """The page's place (63 bits) in the order in which pages are held out, from the URL's digest.

    It is below ALL_BY_SHARE for `share` of all pages: for 1/1000 just those that mC4 held out. The
    digest's end is used, as its start decides which page keeps a duplicate line.
    """
    fraction = _fraction(share)
    rank = int.from_bytes(digest[8:], "big") >> 1
    chosen = int.from_bytes(digest, "big") % fraction.denominator < fraction.numerator
    return rank if chosen else rank | ALL_BY_SHARE


@cache
def _fraction(share: float) -> Fraction:
    return Fraction(share).limit_denominator(1_000_000)


def one_page(rank: int, text_bytes: int) -> LanguageSize:
    """The size of a language that has this page only."""
    return LanguageSize(1, int(rank < ALL_BY_SHARE), text_bytes, (rank,))


def add_sizes(sizes: Iterable[LanguageSize]) -> LanguageSize:
    """The size of a language that has all these pages."""
    pages = by_share = text_bytes = 0
    ranks: list[int] = []
    for size in sizes:
        pages += size.pages
        by_share += size.pages_by_share
        text_bytes += size.text_bytes
        ranks += size.ranks
        if len(ranks) > 4 * MAX_MIN_VALIDATION_PAGES:
            ranks = sorted(ranks)[:MAX_MIN_VALIDATION_PAGES]
    return LanguageSize(
        pages, by_share, text_bytes, tuple(sorted(ranks)[:MAX_MIN_VALIDATION_PAGES])
    )


def validation_limit(size: LanguageSize, min_pages: int) -> int:
    """Pages of the language with a rank below this are validation, all others train.

    At least `min_pages` are, but never more than half.
    """
    wanted = min(max(size.pages_by_share, min_pages), size.pages // 2)
    if wanted == size.pages_by_share or wanted > len(size.ranks):
        return ALL_BY_SHARE
    return size.ranks[wanted - 1] + 1 if wanted else 0


def shard_count(text_bytes: int, shard_bytes: int, buckets: int) -> int:
    """Files for a language: a power of two, at most `buckets` (one too)."""
    count = 1
    while count < buckets and text_bytes > count * shard_bytes:
        count *= 2
    return count


def bucket_count(text_bytes: int, shard_bytes: int) -> int:
    """Parts that every language is kept in until its number of files is known."""
    return shard_count(text_bytes, shard_bytes, 2**16)


def bucket(digest: bytes, buckets: int) -> int:
    """The part that holds the page: equal ranges of the digest, so that parts are in its order."""
    return int.from_bytes(digest[:8], "big") * buckets >> 64
