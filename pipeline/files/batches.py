"""Texts in batches of bounded size: what is encoded, or written, at once."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

Text = TypeVar("Text", str, bytes)


def batches(texts: Iterable[Text], least: int) -> Iterator[list[Text]]:
    """The texts in order, in lists that reach `least` characters (bytes) with their last text.

    The last list may hold less; none is empty.
    """
    batch: list[Text] = []
    size = 0
    for text in texts:
        batch.append(text)
        size += len(text)
        if size >= least:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
