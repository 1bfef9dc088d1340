"""HTTP messages as crawlers store them: header fields, and the body without chunks and encodings.

Nothing here is trusted: every step of unpacking stops at a limit.
"""

import io
import re
import zlib
from collections.abc import Callable

import brotli

from pipeline.corpus.pages.charsets import MARKS
from pipeline.corpus.pages.web_page import NoPageError
from pipeline.files.blocks import GZIP_MAGIC
from pipeline.files.zstd import zstd_blocks

HEADER_END = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(rb"(?:\r?\n)*(?:HTTP/\d+(?:\.\d+)?|ICY)[ \t]+(\d{3})(?!\d)", re.I)
_FOLD = re.compile(r"\r?\n[ \t]+")
_SPACE = " \t\r\n"
_CHUNK = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
_CUT_CHUNK = re.compile(rb"[0-9a-fA-F]{0,8}[ \t]*(?:;[^\r\n]*)?\r?")
_LINE_END = re.compile(rb"\r?\n?")
_MOST_CODINGS = 3
_SNIFFED_BYTES = 1445
_BINARY = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
"""Bytes that text does not hold (WHATWG MIME Sniffing, section 3, "binary data byte")."""


def header_fields(header: bytes, joined: bool = False) -> dict[str, str]:
    """The fields of a WARC or HTTP header by lower-case name, without its first line.

    Lines end at LF, with CR or not; a line that begins with a space continues the one before. Of
    equal names the last counts, or all, `joined` by commas.
    """
    text = header.decode("utf-8", "replace")
    if "\n " in text or "\n\t" in text:
        text = _FOLD.sub(" ", text)
    fields: dict[str, str] = {}
    for line in text.split("\n")[1:]:
        name, _, value = line.partition(":")
        name, value = name.strip().lower(), value.strip(_SPACE)
        fields[name] = f"{fields[name]}, {value}" if joined and name in fields else value
    return fields


def response_parts(message: bytes, limit: int) -> tuple[dict[str, str], bytes]:
    """The header fields of a response and its body; fields of one name are joined by commas.

    Responses of class 1xx in front of the final one are passed over. A body that is cut is given
    as far as it goes. Raises NoPageError: http_status, or what is broken or longer than `limit`.
    """
    start, status, header = 0, b"1", None
    while status.startswith(b"1"):
        line, header = _STATUS.match(message, start), HEADER_END.search(message, start)
        if line and header and header.start() < line.end():  # blank lines in front
            header = HEADER_END.search(message, line.end())
        if not line or not header:
            raise NoPageError("http_status" if start else "broken_http_header")
        status, head, start = line[1], message[line.start(1) : header.start()], header.end()
    if not status.startswith(b"2"):
        raise NoPageError("http_status")
    fields = header_fields(head, joined=True)
    return fields, _decoded(message[start:], fields, limit)


def _decoded(body: bytes, fields: dict[str, str], limit: int) -> bytes:
    """The body without chunks and content encodings.

    Some crawlers store bodies unpacked under headers that tell of packing, and some servers name
    encodings that are none: what is no chunk and not packed stays as it is.
    """
    if "chunked" in fields.get("transfer-encoding", "").lower() and _CHUNK.match(body):
        body = _joined_chunks(body)
    codings = [name.strip() for name in fields.get("content-encoding", "").lower().split(",")]
    if len(codings) > _MOST_CODINGS:
        raise NoPageError("unknown_content_encoding")
    unknown = [name for name in codings if name not in ("", "identity", *_UNPACKERS)]
    for coding in reversed(codings):
        if coding in _UNPACKERS and not _is_text(body):
            body = _unpacked(body, _UNPACKERS[coding], limit)
    if unknown and not _is_text(body):
        raise NoPageError("unknown_content_encoding")
    return body


def _is_text(body: bytes) -> bool:
    """Whether a body is not packed."""
    start = body[:_SNIFFED_BYTES]
    return start.startswith(MARKS) or start.lstrip()[:1] in b"<" or not _BINARY.search(start)


def _joined_chunks(body: bytes) -> bytes:
    """RFC 9112, section 7.1; of a body that ends too early what is there."""
    parts: list[bytes] = []
    position = 0
    while chunk := _CHUNK.match(body, position):
        size = int(chunk[1], 16)
        if not size:
            return b"".join(parts)
        parts.append(body[chunk.end() : chunk.end() + size])
        line_end = _LINE_END.match(body, chunk.end() + size)
        position = line_end.end() if line_end else len(body)
    if not _CUT_CHUNK.fullmatch(body, position):
        raise NoPageError("broken_chunks")
    return b"".join(parts)


def _unpacked(body: bytes, unpack: Callable[[bytes, int], bytes], limit: int) -> bytes:
    """What the body holds; of one that ends too early what is there."""
    try:
        unpacked = unpack(body, limit + 1)
    except (zlib.error, brotli.error):
        unpacked = b""
    if not unpacked:
        raise NoPageError("broken_content_encoding")
    if len(unpacked) > limit:
        raise NoPageError("record_too_long")
    return unpacked


def _gzip(body: bytes, size: int) -> bytes:
    """All members; a header that says gzip and means deflate is found out by zlib."""
    unpacked = bytearray()
    while len(unpacked) < size:
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)
        unpacked += unpacker.decompress(body, size - len(unpacked))
        body = unpacker.unused_data
        if not body.startswith(GZIP_MAGIC):
            break
    return bytes(unpacked)


def _deflate(body: bytes, size: int) -> bytes:
    """With zlib's header as RFC 9110 says, or without one as many servers do."""
    try:
        return _gzip(body, size)
    except zlib.error:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(body, size)


def _brotli(body: bytes, size: int) -> bytes:
    unpacker, unpacked = brotli.Decompressor(), bytearray()
    while not unpacker.is_finished() and len(unpacked) < size:
        piece = unpacker.process(body, output_buffer_limit=size - len(unpacked))
        if not piece:
            break
        unpacked += piece
        body = b""  # what is left of it waits in the unpacker
    return bytes(unpacked)


def _zstd(body: bytes, size: int) -> bytes:
    unpacked = bytearray()
    for block in zstd_blocks(io.BytesIO(body), size):
        if block.broken and block.broken != "truncated_zstd_frame":
            return b""
        unpacked += block.data
        if len(unpacked) >= size:
            break
    return bytes(unpacked)


_UNPACKERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
