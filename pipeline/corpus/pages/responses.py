"""The text of what a web server sent: HTTP message -> HTML -> text.

Nothing here is trusted: every step of unpacking stops at `max_record_bytes`.
"""

import codecs
import io
import re
import zlib
from collections.abc import Callable

import brotli
from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.encoding import detect_encoding, detect_mime, map_encoding_to_html5

from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.pages.web_page import NoPageError
from pipeline.files.zstd import zstd_blocks

_HEADER_END = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)? +(\d{3})")
_CHUNK = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
_HTML = ("text/html", "application/xhtml+xml")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([^\s\"';]+)", re.I)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16le"),
    (codecs.BOM_UTF16_BE, "utf-16be"),
)
_SUPERSETS = {"gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949", "big5": "big5hkscs"}
"""Encodings that browsers use for these names (WHATWG Encoding), by Python's names."""
_MOST_CODINGS = 3
_MOST_UNREADABLE = 0.05  # of the characters; more means that the encoding is another
_LONGEST_TAG = 2**16  # characters outside quotes; the parser's time grows with its square
_QUOTED = re.compile(r"=\s*+(?:\"[^\"]*+\"|'[^']*+')")
_TAG = re.compile(r"<[a-zA-Z]")


def header_fields(header: bytes) -> dict[str, str]:
    """The fields of a WARC or HTTP header by lower-case name; of equal names the last."""
    fields = {}
    for line in header.decode("utf-8", "replace").splitlines()[1:]:
        name, _, value = line.partition(":")
        fields[name.strip().lower()] = value.strip()
    return fields


def response_text(message: bytes, record: dict[str, str], config: CorpusConfig) -> str:
    """The text of an HTTP response. `record`: the fields of its WARC record.

    Raises NoPageError: not_html, http_status, or what is broken.
    """
    if not record.get("content-type", "application/http").startswith("application/http"):
        raise NoPageError("not_html")  # of another protocol
    status, header = _STATUS.match(message), _HEADER_END.search(message)
    if not status or not header:
        raise NoPageError("broken_http_header")
    if not status[1].startswith(b"2"):
        raise NoPageError("http_status")
    fields = header_fields(message[: header.start()])
    identified = record.get("warc-identified-payload-type", "")
    body = _decoded(message[header.end() :], fields, config.max_record_bytes)
    return html_text(body, fields.get("content-type", ""), config, identified)


def html_text(body: bytes, content_type: str, config: CorpusConfig, identified: str = "") -> str:
    """The visible text of an HTML page, a line a block element. Raises NoPageError.

    `content_type`: as the server said; `identified`: the media type that the crawler found.
    """
    said = content_type.partition(";")[0].strip().lower()
    if (identified or said or detect_mime(body)) not in _HTML:
        raise NoPageError("not_html")
    html = _unicode(body, content_type)
    if _has_endless_tag(html):
        raise NoPageError("html_too_complex")
    return extract_plain_text(
        html,
        main_content=config.html_main_content,
        alt_texts=False,
        list_bullets=False,
        skip_elements=["[hidden]"],
    )


def _decoded(body: bytes, fields: dict[str, str], limit: int) -> bytes:
    """The body without chunks and content encodings.

    Some crawlers store bodies unpacked under headers that tell of packing: what is no chunk and
    not packed stays as it is.
    """
    if "chunked" in fields.get("transfer-encoding", "").lower() and _CHUNK.match(body):
        body = _joined_chunks(body)
    codings = [name.strip() for name in fields.get("content-encoding", "").lower().split(",")]
    if len(codings) > _MOST_CODINGS:
        raise NoPageError("unknown_content_encoding")
    for coding in reversed(codings):
        if coding in ("", "identity") or body.lstrip()[:1] in (b"<", b""):
            continue
        if coding not in _UNPACKERS:
            raise NoPageError("unknown_content_encoding")
        body = _unpacked(body, _UNPACKERS[coding], limit)
    return body


def _joined_chunks(body: bytes) -> bytes:
    """RFC 9112, section 7.1."""
    parts: list[bytes] = []
    position = 0
    while chunk := _CHUNK.match(body, position):
        size = int(chunk[1], 16)
        if not size:
            return b"".join(parts)
        position = chunk.end() + size
        parts.append(body[chunk.end() : position])
        position += 2 if body[position : position + 2] == b"\r\n" else 1
    raise NoPageError("broken_chunks")


def _unpacked(body: bytes, unpack: Callable[[bytes, int], bytes], limit: int) -> bytes:
    try:
        unpacked = unpack(body, limit + 1)
    except (zlib.error, brotli.error, EOFError):
        raise NoPageError("broken_content_encoding") from None
    if len(unpacked) > limit:
        raise NoPageError("record_too_long")
    return unpacked


def _inflate(body: bytes, size: int, wbits: int = zlib.MAX_WBITS | 32) -> bytes:
    unpacker = zlib.decompressobj(wbits)
    unpacked = unpacker.decompress(body, size)
    if not unpacker.eof and len(unpacked) < size:
        raise EOFError
    return unpacked


def _deflate(body: bytes, size: int) -> bytes:
    """With zlib's header as RFC 9110 says, or without one as many servers do."""
    try:
        return _inflate(body, size)
    except zlib.error:
        return _inflate(body, size, -zlib.MAX_WBITS)


def _brotli(body: bytes, size: int) -> bytes:
    unpacker = brotli.Decompressor()
    unpacked = unpacker.process(body, output_buffer_limit=size)
    if not unpacker.is_finished() and len(unpacked) < size:
        raise EOFError
    return unpacked


def _zstd(body: bytes, size: int) -> bytes:
    unpacked = bytearray()
    for block in zstd_blocks(io.BytesIO(body), size):
        if block.broken:
            raise EOFError
        unpacked += block.data
        if len(unpacked) >= size:
            break
    return bytes(unpacked)


_UNPACKERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _inflate,
    "x-gzip": _inflate,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}


def _unicode(body: bytes, content_type: str) -> str:
    """The page by the first of: byte order mark, HTTP header, meta tag, likeness (as browsers do).

    Where that leaves too much unreadable, by likeness alone.
    """
    bom = next((name for mark, name in _BOMS if body.startswith(mark)), "")
    charset = _CHARSET.search(content_type)
    named = bom or (charset[1] if charset else "")
    text = _decode(body, named or detect_encoding(body, from_html_meta=True))
    if text.count("\ufffd") > _MOST_UNREADABLE * len(text):
        text = _decode(body, detect_encoding(body))
    if text.count("\ufffd") > _MOST_UNREADABLE * len(text):
        raise NoPageError("unknown_charset")
    return text


def _decode(body: bytes, name: str | None) -> str:
    known = map_encoding_to_html5(name or "utf-8") or "utf-8"
    return body.decode(_SUPERSETS.get(known, known), "replace").removeprefix("\ufeff")


def _has_endless_tag(html: str) -> bool:
    """A tag with tens of thousands of attributes, over which the parser would take minutes."""
    if len(html) < _LONGEST_TAG:
        return False
    for piece in _QUOTED.sub("", html).split(">"):
        tag = _TAG.search(piece) if len(piece) > _LONGEST_TAG else None
        if tag and len(piece) - tag.start() > _LONGEST_TAG:
            return True
    return False
