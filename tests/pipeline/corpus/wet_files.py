"""WET and WARC files for tests."""

import gzip
from collections.abc import Sequence
from pathlib import Path

SENTENCE = "The committee met on Tuesday in room {n} to hear what the harbour master had to say."


def record(
    url: str,
    text: str | bytes,
    date: str = "2024-05-18T01:58:10Z",
    kind: str = "conversion",
    length: object = None,
    content_type: str = "text/plain",
) -> bytes:
    """One WET record; `length` is what it claims to have (its true length if None)."""
    payload = text.encode() if isinstance(text, str) else text
    claimed = len(payload) if length is None else length
    header = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: {date}\r\n"
        f"Content-Type: {content_type}\r\nContent-Length: {claimed}\r\n\r\n"
    )
    return header.encode() + payload + b"\r\n\r\n"


def response(
    url: str,
    body: str | bytes,
    *fields: str,
    status: str = "HTTP/1.1 200 OK",
    content_type: str = "text/html",
) -> bytes:
    """One WARC record of an HTTP response with these header lines."""
    payload = body.encode() if isinstance(body, str) else body
    header = "\r\n".join([status, f"Content-Type: {content_type}", *fields])
    kind = "application/http; msgtype=response"
    return record(url, f"{header}\r\n\r\n".encode() + payload, kind="response", content_type=kind)


def packed(records: Sequence[bytes]) -> bytes:
    """One gzip member a record, as Common Crawl writes them."""
    return b"".join(gzip.compress(each, 6, mtime=0) for each in records)


def write_wet(path: Path, records: Sequence[bytes]) -> Path:
    path.write_bytes(packed(records))
    return path
