"""Media types of HTTP messages, after the WHATWG standards for MIME Sniffing and Fetch."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_SPACE = " \t\r\n"
_ELEMENT = re.compile(r'(?:[^",]++|"(?:[^"\\]|\\.)*+"?)++', re.S)  # of a list with commas
_ESSENCE = re.compile(rf"[{_SPACE}]*({_TOKEN}/{_TOKEN})[{_SPACE}]*(?:;|$)")
_PARAMETER = re.compile(r'([^;=]*+)(?:=("(?:[^"\\]|\\.)*+"?[^;]*+|[^;]*+))?(?:;|$)', re.S)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)', re.S)
_UNKNOWN = ("unknown/unknown", "application/unknown", "*/*")
_HTML = ("text/html", "application/xhtml+xml")
_HTML_START = re.compile(
    rb"(?:\xef\xbb\xbf)?[\t\n\x0c\r ]*<(?:!--|(?:!DOCTYPE HTML|HTML|HEAD|SCRIPT|IFRAME|H1|DIV|FONT"
    rb"|TABLE|A|STYLE|TITLE|B|BODY|BR|P)[\s>])",
    re.I,
)
"""MIME Sniffing, section 7.1; a byte order mark in front, and any space behind, are let pass."""


class MediaType(NamedTuple):
    """A media type: type and subtype in lower case, and the label of its charset."""

    essence: str = ""  # "" where none is said
    charset: str = ""


def media_type(value: str) -> MediaType:
    """What a Content-Type field says, whose values may be joined by commas: the last valid one.

    The charset of an equal type before it counts on (Fetch, "extract a MIME type").
    """
    chosen = MediaType()
    for element in _ELEMENT.findall(value):
        essence = _ESSENCE.match(element)
        if not essence or essence[1] == "*/*":
            continue
        name = essence[1].lower()
        charset = next(_charsets(element[essence.end() :]), "")
        chosen = MediaType(name, charset or (chosen.charset if name == chosen.essence else ""))
    return chosen


def is_html(said: MediaType, identified: MediaType, body: bytes) -> bool:
    """Whether a browser reads the body as HTML.

    `said`: by the server; `identified`: by the crawler, which looked at the content.
    """
    essences = [kind.essence for kind in (identified, said) if kind.essence]
    known = next((essence for essence in essences if essence not in _UNKNOWN), "")
    return known in _HTML if known else starts_as_html(body)


def starts_as_html(content: bytes) -> bool:
    """Whether content of an unknown type is HTML by its first bytes."""
    return _HTML_START.match(content) is not None


def _charsets(parameters: str) -> Iterator[str]:
    for name, value in _PARAMETER.findall(parameters):
        quoted = _QUOTED.match(value)
        content = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else value.strip(_SPACE)
        if name.strip(_SPACE).lower() == "charset" and content:
            yield content
