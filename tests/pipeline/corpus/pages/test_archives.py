import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from wet_files import packed, record

from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.pages.reader import read_pages
from pipeline.corpus.pages.web_page import Page
from pipeline.files.blocks import Rejected

CONFIG = CorpusConfig(max_record_bytes=20_000)
LINES = json.dumps({"url": "http://j", "text": "of JSON"}).encode() + b"\n{"
FILES = {
    "a/one.warc.wet.gz": packed([record("http://w", "of WET")]),
    "../../two.jsonl": LINES,
    "three.txt": b"of text",
}
EXPECTED = ["of WET", "of JSON", ("broken_json", "../../two.jsonl"), "of text"]


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def tarred(files: dict[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def read(data: bytes, name: str = "x") -> list[str | tuple[str, str]]:
    """Texts of the pages, and reasons and members of what was rejected."""
    found = read_pages(io.BytesIO(data), name, CONFIG)
    return [x.text if isinstance(x, Page) else (x.reason, x.member) for x in found]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_the_files_of_a_zip_archive(method, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert read(zipped(FILES, method), "crawl.warc.zip") == EXPECTED
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "pack", [bytes, gzip.compress, bz2.compress, lzma.compress, zstandard.compress]
)
@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_the_files_of_a_tar_archive(pack, form):
    files = FILES | {"long/" * 15 + "four.txt": b"x" * 19_000}
    assert read(pack(tarred(files, form)), "x.tgz") == [*EXPECTED, "x" * 19_000]


def test_an_archive_is_one_wherever_gzip_members_end():
    whole = tarred(FILES)
    assert read(b"".join(gzip.compress(whole[i : i + 100]) for i in range(0, len(whole), 100))) == (
        EXPECTED
    )


@pytest.mark.parametrize("archive", [zipped, tarred])
def test_what_systems_leave_and_folders_are_passed_over(archive):
    assert read(archive({"__MACOSX/._x.txt": b"x", ".DS_Store": b"x", "a.txt": b"a"})) == ["a"]


@pytest.mark.parametrize("archive", [zipped, tarred])
def test_archives_in_archives_and_other_files_are_rejected_by_name(archive):
    files = {"in.zip": zipped(FILES), "in.tar.gz": gzip.compress(tarred(FILES)), "a.bin": b"?"}
    assert read(archive(files)) == [
        ("nested_archive", "in.zip"),
        ("nested_archive", "in.tar.gz"),
        ("unknown_format", "a.bin"),
    ]


def test_a_locked_or_rarely_packed_file_costs_itself_only():
    data = bytearray(zipped({"a.txt": b"a", "b.txt": b"b"}))
    entry = data.index(b"PK\x01\x02")
    data[entry + 8] |= 1  # locked, says the list of files, and the file itself
    data[6] |= 1
    assert read(bytes(data)) == [("broken_member", "a.txt"), "b"]
    assert read(zipped({"a.txt": b"a"}, zipfile.ZIP_LZMA)) == [("broken_member", "a.txt")]


def test_headers_that_claim_gigabytes_are_refused():
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 2**33
    assert read(gzip.compress(info.tobuf() + bytes(5000))) == [("broken_archive", "")]


def test_a_bomb_is_read_in_pieces():
    bomb = zipped({"a.jsonl": b"{" + b" " * 30_000_000, "b.txt": b"b"})
    assert read(bomb) == [("record_too_long", "a.jsonl"), "b"]


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([zipped(FILES), tarred(FILES), gzip.compress(tarred(FILES))]),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=5),
    st.floats(0.01, 1),
)
def test_no_damage_raises(archive, changes, left):
    data = bytearray(archive)
    for place, value in changes:
        data[int(place * (len(data) - 1))] = value
    for each in read_pages(io.BytesIO(data[: int(left * len(data))]), "x", CONFIG):
        assert isinstance(each, (Page, Rejected))
