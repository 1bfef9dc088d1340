"""The page that every reader makes of a record or document."""

import hashlib
from dataclasses import dataclass
from typing import Any

from pipeline.corpus.pages.dates import moment

_NULLS = frozenset({"", "#n/a", "#na", "-nan", "<na>", "n/a", "na", "nan", "none", "null"})
"""Texts that exports write for nothing (pandas' `na_values`), in lower case."""


_MOST_REPLACED = 0.001  # of the characters; a single one is let pass, as of a page cut in it


@dataclass(frozen=True, slots=True)
class Page:
    """The text of one web page or document."""

    url: str
    timestamp: str  # as in the input, ISO 8601 where that is a number; "" if not known
    text: str


class NoPageError(Exception):
    """A record cannot be made a page; the message is the reason."""


def make_page(url: Any, timestamp: Any, text: Any, text_field: str = "text") -> Page:
    """The page of these values of a document. Raises NoPageError if its text makes none.

    `text_field`: the name of the text's field, for the reason. A document without an address, or
    with a value that is none, gets one that its text decides. A value that is no date is left out.
    NUL characters go.
    """
    if text is None:
        raise NoPageError(f"no_field:{text_field}")
    if not isinstance(text, str):
        raise NoPageError(f"wrong_type:{text_field}")
    if not text.strip():
        raise NoPageError("no_text")
    if "\ufffd" in text and text.count("\ufffd") > max(1, _MOST_REPLACED * len(text)):
        raise NoPageError("undecodable")
    try:
        content = text.encode("utf-8")
    except UnicodeEncodeError:  # half a surrogate pair, which JSON can hold
        raise NoPageError("invalid_utf8") from None
    address = _address(url) or f"urn:md5:{hashlib.md5(content, usedforsecurity=False).hexdigest()}"
    return Page(address, _timestamp(timestamp), text.replace("\x00", ""))


def _address(url: Any) -> str:
    """The URL, "" for what is none."""
    if not isinstance(url, str) or url.strip().lower() in _NULLS:
        return ""
    try:
        url.encode("utf-8")
    except UnicodeEncodeError:
        return ""
    return url


def _timestamp(value: Any) -> str:
    """The date as it stands, in ISO 8601 if it is a number; "" for what is no date."""
    date = moment(value)
    if not date:
        return ""
    return value if isinstance(value, str) else date.strftime("%Y-%m-%dT%H:%M:%SZ")
