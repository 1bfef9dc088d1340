"""Lines of a file that comes in blocks, each of bounded length."""

from collections.abc import Iterable, Iterator

from pipeline.corpus.pages.page import Rejected
from pipeline.files.blocks import Block


def lines(blocks: Iterable[Block], longest: int) -> Iterator[bytes | Rejected]:
    """The lines; of one that is longer than `longest` bytes, as much as tells that it is.

    Lines may run over the ends of members; what a broken member loses is given as Rejected.
    """
    rest, skipping = b"", False  # the start of a line; whether what follows is a too long line's
    for block in blocks:
        first, *others = block.data.split(b"\n")
        if not skipping:
            rest += first
        for following in others:
            yield rest
            rest, skipping = following, False
        if len(rest) > longest:
            rest, skipping = rest[: longest + 1], True
        if block.broken:
            yield Rejected(block.offset, block.broken)
            rest, skipping = b"", False
    if rest:
        yield rest
