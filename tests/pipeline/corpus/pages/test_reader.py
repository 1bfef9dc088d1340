import gzip
import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wet_files import packed, record

from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.pages.reader import read_pages
from pipeline.corpus.pages.web_page import Page
from pipeline.files.blocks import Rejected

LIMIT = 100_000
CONFIG = CorpusConfig(max_record_bytes=LIMIT)
RECORDS = [record(f"http://x/{i}", f"text {i} " * 20) for i in range(5)]


def read(data: bytes, limit: int = LIMIT) -> list[str | tuple[int, str]]:
    """URL endings of the pages, and (offset, reason) of what was rejected."""
    found = read_pages(io.BytesIO(data), "x.warc.gz", CorpusConfig(max_record_bytes=limit))
    return [x.url[-1] if isinstance(x, Page) else (x.offset, x.reason) for x in found]


LAYOUTS = {
    "a member a record": packed,
    "one member": lambda records: gzip.compress(b"".join(records)),
    "not packed": b"".join,
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_every_layout_gives_the_pages_in_order(layout):
    info = record("http://info", "software: x", kind="warcinfo")
    assert read(layout([info, *RECORDS])) == ["0", "1", "2", "3", "4"]


def test_a_page_has_url_date_and_text():
    data = packed([record("http://x/ä", "Grüße\r\nan alle", date="2020-01-02T03:04:05Z")])
    assert list(read_pages(io.BytesIO(data), "x.warc.gz", CONFIG)) == [
        Page("http://x/ä", "2020-01-02T03:04:05Z", "Grüße\r\nan alle")
    ]


@pytest.mark.parametrize("place", [20, -6], ids=["in the data", "in the checksum"])
def test_a_damaged_member_costs_its_record_only(place):
    damaged = bytearray(packed(RECORDS[2:3]))
    damaged[place] ^= 0xFF
    before = packed(RECORDS[:2])
    found = read(before + bytes(damaged) + packed(RECORDS[3:]))
    assert found == ["0", "1", (len(before), "broken_gzip_member"), "3", "4"]


def test_rubbish_between_members_is_passed_over():
    before = packed(RECORDS[:2])
    rubbish = random.Random(0).randbytes(200_000).replace(b"\x1f\x8b\x08", b"abc")
    found = read(before + rubbish + packed(RECORDS[2:]))
    assert found == ["0", "1", (len(before), "not_gzip"), "2", "3", "4"]


def test_a_file_cut_in_its_last_member():
    whole = packed(RECORDS)
    last = len(packed(RECORDS[:4]))
    assert read(whole[:-30]) == ["0", "1", "2", "3", (last, "truncated_gzip_member")]


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("length", [3, 500, -1, "many", ""])
def test_a_wrong_length_costs_its_record_only(layout, length):
    wrong = record("http://x/2", "text 2 " * 20, length=length)
    found = read(layout([*RECORDS[:2], wrong, *RECORDS[3:]]))
    assert [x for x in found if isinstance(x, str)] == ["0", "1", "3", "4"]
    assert [x[1] for x in found if not isinstance(x, str)] == ["wrong_content_length"]


@pytest.mark.parametrize("version", [b"0.18", b"0.17", b"1.1", b"2.0"])
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_every_version_goes_on_behind_a_wrong_length(layout, version):
    wrong = record("http://x/2", "text 2 " * 20, length=500)
    records = [*RECORDS[:2], wrong, *RECORDS[3:]]
    found = read(layout([each.replace(b"1.0", version, 1) for each in records]))
    assert [x if isinstance(x, str) else x[1] for x in found] == [
        "0",
        "1",
        "wrong_content_length",
        "3",
        "4",
    ]


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("length", [None, 10**9, 10**30], ids=["honest", "1 GB", "absurd"])
def test_a_record_over_the_limit_is_not_kept_in_memory(layout, length):
    text = "x" * (20 * LIMIT) if length is None else "x"
    found = read(layout([*RECORDS[:2], record("http://x/2", text, length=length), *RECORDS[3:]]))
    assert [x for x in found if isinstance(x, str)] == ["0", "1", "3", "4"]
    assert [x[1] for x in found if not isinstance(x, str)] == ["record_too_long"]


def test_the_limit_itself_is_allowed():
    data = packed([record("http://x/1", "a" * LIMIT), record("http://x/2", "a" * (LIMIT + 1))])
    assert [x if isinstance(x, str) else x[1] for x in read(data)] == ["1", "record_too_long"]


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (record("http://x/1", b"\xff\xfe\x00binary"), "invalid_utf8"),
        (record("http://x/1", " \r\n "), "no_text"),
        (record("", "some text"), "no_url"),
        (b"GET / HTTP/1.1\r\n\r\nbody", "no_warc_header"),
    ],
)
def test_a_record_that_is_no_page(made, reason):
    assert read(packed([made, *RECORDS[:1]])) == [(0, reason), "0"]


@pytest.mark.parametrize(
    ("data", "reason"), [(b"", "empty_file"), (b"hello\n" * 50, "not_gzip"), (b"\x1f", "not_gzip")]
)
def test_a_file_that_is_no_wet_file(data, reason):
    assert read(data) == [(0, reason)]


def test_nul_characters_go():
    data = packed([record("http://x/1", "a\x00b")])
    assert [page.text for page in read_pages(io.BytesIO(data), "x.warc.gz", CONFIG)] == ["ab"]


@pytest.mark.parametrize(
    ("text", "is_page"),
    [("a" * 50 + "\ufffd", True), ("a" * 50 + "\ufffd" * 2, False), ("a\ufffd" * 9, False)]
    + [("a" * 3000 + "\ufffd" * n, n <= 3) for n in (2, 3, 4)],
)
def test_more_than_a_trace_of_replacement_characters_is_no_page(text, is_page):
    """A trace: one, or one in a thousand characters."""
    assert read(packed([record("http://x/1", text)])) == ["1" if is_page else (0, "undecodable")]


def test_line_separators_in_an_address_are_part_of_it():
    url = "http://x/\u2028a\x0bb\x85c"
    (page,) = read_pages(io.BytesIO(packed([record(url, "text")])), "x.warc.gz", CONFIG)
    assert isinstance(page, Page)
    assert page.url == url


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"7z\xbc\xaf\x27\x1c" + b"x" * 9, "x.warc.gz", "7z_archive"),
        (b"Rar!\x1a\x07\x01", "x", "rar_archive"),
        (b"filedesc://x.arc 0.0.0.0 2005", "x.arc", "arc_file"),
        (gzip.compress(b"filedesc://x.arc 0.0.0.0 2005"), "x.arc.gz", "arc_file"),
        (b"<!doctype html><p>404 Not Found", "x.warc.gz", "html_file"),
        (gzip.compress(b" <html>Not Found"), "x.jsonl.gz", "html_file"),
        (b"%PDF-1.7", "x", "pdf_file"),
        (b"ARROW1\x00\x00", "x.arrow", "arrow_file"),
        (b"who knows", "x", "unknown_format"),
    ],
)
def test_a_file_of_another_format_is_one_rejected_record(data, name, reason):
    assert list(read_pages(io.BytesIO(data), name, CONFIG)) == [Rejected(0, reason)]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_damage_raises_and_intact_members_are_read(data):
    """Bytes of some members are changed at random: the other members give their pages."""
    members = [packed([each]) for each in RECORDS]
    damaged = data.draw(st.sets(st.integers(0, len(members) - 1), max_size=3))
    for number in damaged:
        member = bytearray(members[number])
        for place in data.draw(st.lists(st.integers(0, len(member) - 1), min_size=1, max_size=8)):
            member[place] = data.draw(st.integers(0, 255))
        members[number] = bytes(member)
    found = list(read_pages(io.BytesIO(b"".join(members)), "x.warc.gz", CONFIG))
    urls = {page.url for page in found if isinstance(page, Page)}
    assert urls >= {f"http://x/{i}" for i in range(len(members)) if i not in damaged}
    assert all(isinstance(x, (Page, Rejected)) for x in found)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=2000), st.sampled_from([b"", b"WARC/1.0\r\n", b"\x1f\x8b\x08"]))
def test_arbitrary_bytes_never_raise(rubbish, start):
    list(read_pages(io.BytesIO(start + rubbish), "x.warc.gz", CONFIG))
