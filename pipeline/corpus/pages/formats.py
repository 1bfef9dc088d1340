"""Formats of files, known by their first bytes and by their names."""

import re

from pipeline.corpus.pages.media_types import starts_as_html
from pipeline.files.encodings import encoding_of
from pipeline.files.unpack import WARC, is_json

TEXT = ("txt", "tsv")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_TAR = re.compile(rb".{257}ustar", re.S)
_UNREAD = {
    b"7z\xbc\xaf\x27\x1c": "7z_archive",
    b"Rar!\x1a\x07": "rar_archive",
    b"filedesc:": "arc_file",
    b"%PDF-": "pdf_file",
    b"ARROW1": "arrow_file",
    b"\xff\xff\xff\xff": "arrow_file",  # a stream of record batches
}


def is_zip(start: bytes) -> bool:
    """Whether a file with these first bytes is a zip archive."""
    return start.startswith(_ZIP)


def unread_format(start: bytes, name: str) -> str:
    """The reason to reject a file of a format that is known but not read; "" for any other."""
    reason = next((reason for magic, reason in _UNREAD.items() if start.startswith(magic)), "")
    is_page = starts_as_html(start) and _kind_by_name(name) not in TEXT
    return reason or ("html_file" if is_page else "")


def kind(start: bytes, name: str) -> str:
    """The format of unpacked content: warc, tar, json, txt or tsv; "": not known.

    `start`: its first bytes; `name`: the file's, in lower case.
    """
    if start.startswith(WARC):
        return "warc"
    if _TAR.match(start):
        return "tar"
    named = _kind_by_name(name)
    if named in TEXT:  # texts may begin as JSON does
        return named
    return "json" if is_json(start.decode(encoding_of(start), "ignore").encode()) else named


def _kind_by_name(name: str) -> str:
    if ".warc" in name or ".wet" in name:
        return "warc"
    if ".json" in name or ".ndjson" in name:
        return "json"
    return next((kind for kind in TEXT if f".{kind}" in name), "")
