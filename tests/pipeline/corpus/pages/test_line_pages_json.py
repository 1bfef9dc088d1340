import dataclasses
import gzip
import io
import json
import math

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.pages.reader import read_pages
from pipeline.corpus.pages.web_page import Page
from pipeline.files.blocks import Rejected

CONFIG = CorpusConfig(max_record_bytes=2000)
GOOD = {"text": "Grüße an alle", "url": "http://a.org", "timestamp": "2024-05-18T01:58:10Z"}
PAGE = Page("http://a.org", "2024-05-18T01:58:10Z", "Grüße an alle")


def lines(*documents: object) -> bytes:
    return b"".join(
        (each if isinstance(each, bytes) else json.dumps(each).encode()) + b"\n"
        for each in documents
    )


def read(
    data: bytes, name: str = "x.jsonl", config: CorpusConfig = CONFIG
) -> list[Page | Rejected]:
    return list(read_pages(io.BytesIO(data), name, config))


@pytest.mark.parametrize(
    "pack",
    [
        bytes,
        gzip.compress,
        zstandard.ZstdCompressor().compress,
        lambda data: b"".join(gzip.compress(data[i : i + 7]) for i in range(0, len(data), 7)),
        lambda data: b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n\r\n"),
        bytes.rstrip,
    ],
    ids=["plain", "gzip", "zstd", "cut into members", "BOM and empty lines", "no last line end"],
)
def test_documents_however_they_are_packed(pack):
    assert read(pack(lines(GOOD, GOOD, GOOD)), "anything") == [PAGE] * 3


def test_only_the_text_is_needed():
    first, again, other = read(lines({"text": "a"}, {"text": "a", "url": None}, {"text": "b"}))
    assert (first.timestamp, first.text) == ("", "a")
    assert first.url == again.url
    assert first.url.startswith("urn:md5:")
    assert first.url != other.url


def test_the_names_of_the_fields_are_settings():
    config = CorpusConfig(text_field="content", url_field="u", timestamp_field="ts")
    found = read(lines({"content": "a", "u": "http://b", "ts": "2020", "text": 1}), config=config)
    assert found == [Page("http://b", "2020", "a")]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b'{"text": "a"', "broken_json"),
        (b'{"text": "\xff"}', "invalid_utf8"),
        ({"text": "\ud800"}, "invalid_utf8"),
        ([1, 2], "no_json_object"),
        (b"null", "no_json_object"),
        ({"url": "http://a"}, "no_field:text"),
        ({"text": None}, "no_field:text"),
        ({"text": " \n"}, "no_text"),
        ({"text": 5}, "wrong_type:text"),
        (b'{"text": NaN}', "wrong_type:text"),
        ({"text": ["a", "b"]}, "wrong_type:text"),
        ({"text": "a" * 3000}, "record_too_long"),
        (b"[" * 1900, "broken_json"),
        (b'{"text": ' + b"9" * 1900 + b"}", "wrong_type:text"),
    ],
)
def test_a_line_that_is_no_document_costs_itself_only(bad, reason):
    found = read(lines(GOOD, bad, GOOD))
    if reason == "wrong_type:text" and found[1] == Rejected(2, "broken_json", "line"):
        reason = "broken_json"  # a number that Python finds too long
    assert found == [PAGE, Rejected(2, reason, "line"), PAGE]


@pytest.mark.parametrize(
    "url",
    [None, "", " ", "NaN", "null", "N/A", math.nan, 17, True, ["http://a"], {}, "http://\ud800"],
)
def test_an_address_that_is_none_costs_no_page(url):
    texts = [{"text": "a", "url": url}, {"text": "b", "url": url}]
    first, other = read(lines(*texts))
    assert first.url.startswith("urn:md5:")
    assert first.url != other.url


@pytest.mark.parametrize(
    "timestamp", [None, "", "yesterday", "NaN", math.nan, math.inf, -1, 10**400, True, [2024], {}]
)
def test_a_timestamp_that_is_none_costs_no_page(timestamp):
    assert read(lines({**GOOD, "timestamp": timestamp})) == [
        dataclasses.replace(PAGE, timestamp="")
    ]


def test_a_timestamp_that_is_a_number_becomes_iso_8601():
    (page,) = read(lines({**GOOD, "timestamp": 1716000000}))
    assert page.timestamp == "2024-05-18T02:40:00Z"


def test_a_rejected_line_names_the_field_that_was_asked_for():
    config = CorpusConfig(text_field="content")
    assert read(lines({"text": "a"}, {"content": 1}), config=config) == [
        Rejected(1, "no_field:content", "line"),
        Rejected(2, "wrong_type:content", "line"),
    ]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_lines_may_end_in_carriage_returns_alone(pack):
    document = json.dumps(GOOD).encode()
    assert read(pack(b"\r".join([document, b"{", document]))) == [
        PAGE,
        Rejected(2, "broken_json", "line"),
        PAGE,
    ]


def test_other_values_and_keys_of_a_line_do_not_matter():
    odd = (
        b'{"text": "no", "score": NaN, "id": 99999999999999999999999999, "text": "a\xe2\x80\xa8b"}'
    )
    (page,) = read(odd)
    assert page.text == "a\u2028b"


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_line_over_the_limit_is_not_kept_in_memory(pack):
    endless = b'{"text": "' + b"a" * 5_000_000
    assert read(pack(lines(GOOD, endless, GOOD))) == [
        PAGE,
        Rejected(2, "record_too_long", "line"),
        PAGE,
    ]


def test_a_broken_member_costs_its_lines_only():
    members = [gzip.compress(lines(GOOD)) for _ in range(3)]
    members[1] = members[1][:20] + b"\xff\xff\xff" + members[1][23:]
    found = read(b"".join(members))
    assert found == [PAGE, Rejected(len(members[0]), "broken_gzip_member"), PAGE]


def test_a_cut_file_tells_of_its_cut_line():
    found = read(gzip.compress(lines(GOOD, GOOD), 0)[:-30])
    assert found == [PAGE, Rejected(0, "truncated_gzip_member")]


def test_a_wrong_name_does_not_matter_where_the_content_is_clear():
    assert read(lines(GOOD), "x.parquet") == read(gzip.compress(lines(GOOD)), "x.wet") == [PAGE]
    assert read(b"some text\n" * 9, "x.dat") == [Rejected(0, "unknown_format")]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=60) | st.just(lines(GOOD).strip()), min_size=1, max_size=12))
def test_every_line_is_a_page_or_rejected(made):
    made = [lines(GOOD).strip(), *(line.replace(b"\n", b" ") for line in made)]
    found = read(b"\n".join(made))
    told = {x.offset for x in found if isinstance(x, Rejected) and x.unit == "line"}
    pages = sum(isinstance(x, Page) for x in found)
    assert pages + len(told) == len(found) <= len(made)
    assert pages >= sum(line == lines(GOOD).strip() for line in made)
