"""The text of an HTML page's bytes, after the WHATWG standards for HTML and Encoding."""

import codecs
import re
from collections.abc import Iterator

from resiliparse.parse.encoding import detect_encoding, map_encoding_to_html5

MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
"""Byte order marks of the encodings that browsers read."""

_MARKED = tuple(zip(MARKS, ("utf-8", "utf-16-le", "utf-16-be"), strict=True))
_UTF16 = (
    (re.compile(rb"(?:..)*?<\x00[!?/a-zA-Z]\x00", re.S), "utf-16-le"),
    (re.compile(rb"(?:..)*?\x00<\x00[!?/a-zA-Z]", re.S), "utf-16-be"),
)
_UTF16_BYTES = 1024
_HEAD_BYTES = 2**12  # that are searched for a meta tag
_TAG_BYTES = 2**10  # of a meta tag
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.S)
_META = re.compile(rb"<[mM][eE][tT][aA][\s/]((?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+)")
_ATTRIBUTE = re.compile(r"([^\s=/\"']+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_CHARSET = re.compile(r"charset\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s;\"']+))", re.I)
_XML = re.compile(rb"<\?xml\s[^>]*?encoding\s*=\s*[\"']([^\"']+)")
_PYTHON_NAMES = {
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "iso8859-11": "cp874",
}
"""What the Encoding standard means by these, where Resiliparse names a subset."""
_MORE_LABELS = {"x-mac-cyrillic": "mac_cyrillic", "x-mac-ukrainian": "mac_cyrillic"}
"""Labels of the Encoding standard that Resiliparse lacks."""


def page_text(body: bytes, labels: tuple[str, ...] = ()) -> str:
    """The text by the first of: byte order mark, `labels`, meta tag, XML declaration, likeness.

    `labels` come from the HTTP header; unknown ones are ignored. UTF-16 without a mark shows in the
    bytes, so a label that claims it for other bytes is ignored too. Where most of what is not ASCII
    cannot be decoded, the label is wrong and likeness decides, and where the bytes are all UTF-8.
    """
    encoding = _utf16(body) or next(_known(labels, utf16=""), "") or _declared(body)
    text = _decoded(body, encoding or _likely(body))
    unreadable = text.count("\ufffd")
    if not encoding or unreadable < 2:
        return text
    likely = _likely(body)
    other = _decoded(body, likely)
    is_utf8 = likely == "utf-8" and "\ufffd" not in other
    is_wrong = 2 * unreadable > len(text) - len(text.encode("ascii", "ignore"))
    return other if is_utf8 or (is_wrong and other.count("\ufffd") < unreadable) else text


def _utf16(body: bytes) -> str:
    """The encoding that a byte order mark names, or UTF-16 that its bytes show; "": neither."""
    marked = next((name for mark, name in _MARKED if body.startswith(mark)), "")
    start = body[:_UTF16_BYTES]
    if marked or b"\x00" not in start:
        return marked
    return next((name for pattern, name in _UTF16 if pattern.match(start)), "")


def _known(labels: tuple[str, ...], utf16: str) -> Iterator[str]:
    """Python's names of the known ones of these labels; `utf16` is put for UTF-16."""
    for label in labels:
        name = _MORE_LABELS.get(label.strip().lower())
        name = name or map_encoding_to_html5(label, fallback_utf8=False) or ""
        name = utf16 if name.startswith("utf-16") else _PYTHON_NAMES.get(name, name)
        if name:
            yield name


def _declared(body: bytes) -> str:
    """The encoding that the page itself names; "": none.

    HTML standard, "prescan a byte stream": UTF-16 means UTF-8 here.
    """
    head = _COMMENT.sub(b"", body[:_HEAD_BYTES])
    labels = tuple(_meta_labels(head))
    if declaration := _XML.match(head.lstrip()):
        labels += (declaration[1].decode("latin-1"),)
    return next(_known(labels, utf16="utf-8"), "")


def _meta_labels(head: bytes) -> Iterator[str]:
    for tag in _META.findall(head):
        values = {
            name.lower(): "".join(value)
            for name, *value in reversed(_ATTRIBUTE.findall(tag[:_TAG_BYTES].decode("latin-1")))
        }  # of equal names the first
        label = values.get("charset", "")
        if values.get("http-equiv", "").lower() == "content-type":
            content = _CHARSET.search(values.get("content", ""))
            label = label or (content and "".join(filter(None, content.groups()))) or ""
        yield "windows-1252" if label.lower() == "x-user-defined" else label


def _likely(body: bytes) -> str:
    """The encoding that the bytes look like."""
    return next(_known((detect_encoding(body) or "",), utf16=""), "utf-8")


def _decoded(body: bytes, name: str) -> str:
    return body.decode(name, "replace").removeprefix("\ufeff")
