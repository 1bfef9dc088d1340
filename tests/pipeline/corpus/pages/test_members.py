"""Records and lines that run over the ends of members, frames and streams, as parallel packers
leave them (bgzip, pzstd, pbzip2, xz of many streams).
"""

import bz2
import gzip
import io
import itertools
import json
import lzma
import os

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from wet_files import record, response

from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.pages.reader import read_pages
from pipeline.corpus.pages.web_page import Page
from pipeline.files.blocks import Rejected

PACKERS = {
    "gz": lambda data: gzip.compress(data, 1, mtime=0),
    "zst": zstandard.ZstdCompressor(1, write_checksum=True).compress,
    "xz": lambda data: lzma.compress(data, preset=0),
    "bz2": lambda data: bz2.compress(data, 1),
}
EXAMPLES = settings(max_examples=int(os.environ.get("MSWITCH_EXAMPLES", "60")), deadline=None)
CONFIG = CorpusConfig(max_record_bytes=5000)
TEXTS = st.lists(st.text('aä字\n \x00{}[]"\\,:', min_size=1, max_size=300), min_size=1, max_size=6)
CUTS = st.lists(st.floats(0, 1), max_size=12)


def pieces(data: bytes, cuts: list[float]) -> list[bytes]:
    """The data cut at these shares of its length."""
    places = [0, *sorted(int(cut * len(data)) for cut in cuts), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(places)]


def read(data: bytes, name: str) -> list[Page | Rejected]:
    return list(read_pages(io.BytesIO(data), name, CONFIG))


def warc(texts: list[str]) -> bytes:
    records = [record(f"http://x/{i}", text) for i, text in enumerate(texts)]
    return b"".join([record("http://i", "software: x", kind="warcinfo"), *records])


def old_warc(texts: list[str]) -> bytes:
    return warc(texts).replace(b"WARC/1.0", b"WARC/0.18")


def json_lines(texts: list[str]) -> bytes:
    return b"".join(json.dumps({"text": text}).encode() + b"\n" for text in texts)


def json_array(texts: list[str]) -> bytes:
    return json.dumps([{"text": text} for text in texts], ensure_ascii=False).encode()


def pretty_json(texts: list[str]) -> bytes:
    return "\n".join(
        json.dumps({"text": text, "more": {"a": [1]}}, ensure_ascii=False, indent=2)
        for text in texts
    ).encode()


def glued_json(texts: list[str]) -> bytes:
    return b"".join(json.dumps({"text": text}).encode() for text in texts)


def utf16_lines(texts: list[str]) -> bytes:
    return json_lines(texts).decode().encode("utf-16")


LAYOUTS = [warc, old_warc, json_lines, json_array, pretty_json, glued_json, utf16_lines]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
@EXAMPLES
@given(packer=st.sampled_from(sorted(PACKERS)), texts=TEXTS, cuts=CUTS)
def test_every_text_is_read_once_wherever_members_end(layout, packer, texts, cuts):
    packed = b"".join(map(PACKERS[packer], pieces(layout(texts), cuts)))
    found = read(packed, "x.data")
    assert len(found) == len(texts)
    texts = [text.replace("\x00", "") for text in texts if text.strip()]
    assert [page.text for page in found if isinstance(page, Page)] == texts
    assert {each.reason for each in found if isinstance(each, Rejected)} <= {"no_text"}


@EXAMPLES
@given(st.data())
def test_a_damaged_member_costs_the_records_that_it_touches(data):
    """Records over the ends of gzip members; some bytes of one member are changed."""
    records = [record(f"http://x/{i}", f"text {i} " * 40) for i in range(12)]
    members = pieces(b"".join(records), data.draw(CUTS))
    damaged = data.draw(st.integers(0, len(members) - 1))
    packed = [bytearray(gzip.compress(member, mtime=0)) for member in members]
    for place in data.draw(st.lists(st.integers(0, len(packed[damaged]) - 1), min_size=1)):
        packed[damaged][place] ^= data.draw(st.integers(1, 255))
    found = read(b"".join(packed), "x.warc.gz")
    first = sum(map(len, members[:damaged]))
    last = first + len(members[damaged])
    untouched = set()
    place = 0
    for number, each in enumerate(records):
        if place + len(each) <= first or place >= last:
            untouched.add(f"http://x/{number}")
        place += len(each)
    urls = [each.url for each in found if isinstance(each, Page)]
    assert len(urls) == len(set(urls))
    assert set(urls) >= untouched
    assert len(found) - len(urls) <= 1 + len(records) - len(untouched)


def test_behind_damage_a_record_begins_in_a_member_shorter_than_its_mark():
    """Found by a long run of the test above."""
    records = [record(f"http://x/{i}", f"text {i} " * 40) for i in range(3)]
    packed = [gzip.compress(part, mtime=0) for part in (b"", b"WARC", b"".join(records)[4:])]
    found = read(b"\x1e" + b"".join(packed)[1:], "x.warc.gz")
    assert [each.url for each in found if isinstance(each, Page)] == [
        f"http://x/{i}" for i in range(3)
    ]


@pytest.mark.parametrize("packer", PACKERS)
def test_places_of_rejected_records_are_those_of_the_member_in_which_they_begin(packer):
    bad = record("http://x/bad", b"\xff" * 300)
    data = b"".join([record("http://x/1", "one"), bad, record("http://x/2", "two")])
    start = data.index(b"bad")
    members = [PACKERS[packer](data[:start]), PACKERS[packer](data[start:])]
    found = read(b"".join(members), "x.wet")
    assert [each.offset for each in found if isinstance(each, Rejected)] == [0]
    members = [PACKERS[packer](data[: start - 120]), PACKERS[packer](data[start - 120 :])]
    assert [type(each) for each in read(b"".join(members), "x.wet")] == [Page, Rejected, Page]


def test_a_wrong_length_in_the_last_record_of_a_member_costs_itself_only():
    """A member that begins with a record ends the record before, whatever length that claims."""
    records = [record(f"http://x/{i}", "text", length=9000 if i == 1 else None) for i in range(4)]
    members = [b"".join(records[:2]), b"".join(records[2:])]
    found = read(b"".join(map(PACKERS["gz"], members)), "x.wet.gz")
    assert [x.url[-1] if isinstance(x, Page) else x.reason for x in found] == [
        "0",
        "record_too_long",
        "2",
        "3",
    ]


def test_responses_run_over_members_too():
    html = "<p>" + "Ships in the harbour. " * 30
    data = b"".join(response(f"http://x/{i}", html) for i in range(9))
    packed = b"".join(PACKERS["gz"](data[i : i + 500]) for i in range(0, len(data), 500))
    assert [type(each) for each in read(packed, "x.warc.gz")] == [Page] * 9
