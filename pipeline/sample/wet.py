"""Pages -> WET files as Common Crawl writes them: WARC/1.0, one gzip member a record."""

import base64
import gzip
import hashlib
import uuid
from collections.abc import Sequence
from pathlib import Path

from pipeline.sample.crawled_pages import Page

_INFO = (
    "Software-Info: mSwitch sample\r\nisPartOf: mswitch-sample\r\n"
    "description: Free texts set as web pages with invented addresses, see LICENSES.md\r\n"
)


def member(page: Page) -> bytes:
    """One `conversion` record as a gzip member; depends on the page alone."""
    fields = {
        "WARC-Type": "conversion",
        "WARC-Target-URI": page.url,
        "WARC-Date": page.date,
        "WARC-Record-ID": _record_id(page.url + page.date),
        "Content-Type": "text/plain",
    }
    return _member(fields, page.text.encode())


def write_wet(path: Path, pages: Sequence[Page], broken: Sequence[Page] = ()) -> None:
    """Writes a WET file: warcinfo, the pages in order, and among them the `broken` ones.

    A broken page loses the second half of its gzip member: the last of them ends the file, the
    others stand at two thirds of it.
    """
    members = [_warcinfo(path.name), *map(member, pages)]
    cut = [data[: len(data) // 2] for data in map(member, broken)]
    middle = len(members) * 2 // 3
    path.write_bytes(b"".join([*members[:middle], *cut[:-1], *members[middle:], *cut[-1:]]))


def _warcinfo(name: str) -> bytes:
    fields = {
        "WARC-Type": "warcinfo",
        "WARC-Date": "2024-05-31T00:00:00Z",
        "WARC-Filename": name,
        "WARC-Record-ID": _record_id(name),
        "Content-Type": "application/warc-fields",
    }
    return _member(fields, _INFO.encode())


def _member(fields: dict[str, str], block: bytes) -> bytes:
    digest = base64.b32encode(hashlib.sha1(block).digest()).decode()
    fields |= {"WARC-Block-Digest": f"sha1:{digest}", "Content-Length": str(len(block))}
    header = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    record = b"WARC/1.0\r\n" + header.encode() + b"\r\n" + block + b"\r\n\r\n"
    return gzip.compress(record, compresslevel=9, mtime=0)


def _record_id(name: str) -> str:
    return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}>"
