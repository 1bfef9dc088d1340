"""The page that every reader makes of a record or document."""

import hashlib
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Page:
    """The text of one web page or document."""

    url: str
    timestamp: str  # ISO 8601, as in WARC-Date; "" if not known
    text: str


class NoPageError(Exception):
    """A record cannot be made a page; the message is the reason."""


def make_page(url: Any, timestamp: Any, text: Any) -> Page:
    """The page of these values of a document. Raises NoPageError if they make none.

    A document without an address gets one that its text decides. NUL characters go.
    """
    if text is None:
        raise NoPageError("no_text_field")
    url, timestamp = ("" if value is None else value for value in (url, timestamp))
    if not all(isinstance(value, str) for value in (url, timestamp, text)):
        raise NoPageError("wrong_type")
    if not text.strip():
        raise NoPageError("no_text")
    try:
        content = text.encode("utf-8")
        (url + timestamp).encode("utf-8")
    except UnicodeEncodeError:  # half a surrogate pair, which JSON can hold
        raise NoPageError("invalid_utf8") from None
    address = url or f"urn:md5:{hashlib.md5(content, usedforsecurity=False).hexdigest()}"
    return Page(address, timestamp, text.replace("\x00", ""))
