import gzip
import io
import random
import time
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from wet_files import packed, record, response

from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.pages.reader import read_pages
from pipeline.corpus.pages.web_page import Page
from pipeline.files.blocks import Rejected

CONFIG = CorpusConfig(max_record_bytes=300_000)
HTML = (
    "<!doctype html><html><head><title>Harbour</title><style>p {}</style></head><body>"
    "<script>var x = '<p>no</p>';</script><p>Ships in the harbour.</p><ul><li>one<li>two</ul>"
    "<p hidden>Not to be seen</p><p>Grüße &amp; Küsse</p></body></html>"
)
LINES = ["Ships in the harbour.", "one", "two", "Grüße & Küsse"]


def read(*records: bytes, config: CorpusConfig = CONFIG) -> list[list[str] | str]:
    """The lines of the pages, and the reasons of what was rejected."""
    found = read_pages(io.BytesIO(packed(records)), "x.warc.gz", config)
    return [
        [line.strip() for line in x.text.split("\n") if line.strip()]
        if isinstance(x, Page)
        else x.reason
        for x in found
    ]


def chunked(body: bytes) -> bytes:
    parts = [body[i : i + 50] for i in range(0, len(body), 50)]
    return b"".join(b"%x;a=b\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


def test_a_response_gives_the_visible_text_a_line_a_block():
    request = record("http://a.org", "GET / HTTP/1.1", kind="request")
    page = response("http://a.org", HTML, content_type="text/html; charset=utf-8")
    assert read(request, page, record("http://b.org", "text")) == [LINES, ["text"]]


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_both_versions_of_warc(version):
    made = response("<http://a.org/x>", HTML).replace(b"WARC/1.0", b"WARC/" + version.encode())
    (page,) = read_pages(io.BytesIO(made * 1), "x", CONFIG)
    assert isinstance(page, Page)
    assert (page.url, page.timestamp) == ("http://a.org/x", "2024-05-18T01:58:10Z")


def test_the_main_content_alone():
    text = "<p>" + "The committee met in the harbour to hear what the master had to say. " * 9
    body = f"<nav><ul><li><a href=/>Home</a><li><a href=/x>About</a></ul></nav><main>{text}</main>"
    whole, main = (
        read(response("http://a.org", body), config=CorpusConfig(html_main_content=choice))
        for choice in (False, True)
    )
    assert "Home" in whole[0]
    assert "Home" not in main[0]
    assert "committee" in main[0][0]


BLOCKS = (  # HTML standard, section 15.3: what a browser shows as blocks
    "address article aside blockquote center dd details dialog dir div dl dt fieldset footer form "
    "h1 h2 h3 h4 h5 h6 header hgroup legend li listing main menu nav ol p pre search section "
    "summary ul xmp"
)


@pytest.mark.parametrize("name", BLOCKS.split())
@pytest.mark.parametrize("case", [str.lower, str.upper])
def test_no_words_are_glued_together_at_a_block(name, case):
    tag = case(name)
    body = f"<body>one<{tag} class=x>two</{tag}>three<{tag}>four</{tag}<{tag}>five</{tag}>"
    body = body.replace(f"</{tag}<", f"</{tag}><")
    assert read(response("http://a", body)) == [["one", "two", "three", "four", "five"]]


def test_captions_figures_and_examples():
    body = (
        "<table><caption>Ferries</caption><tr><td>a<td>b</table>old<figure><img>"
        "<figcaption>A ship</figcaption></figure>new<xmp><b>bold</b></xmp>"
    )
    (lines,) = read(response("http://a", body))
    assert lines == ["Ferries", "a\t\tb", "old", "new", "<b>bold</b>"]


PACKERS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}


@pytest.mark.parametrize("coding", PACKERS)
@pytest.mark.parametrize("in_chunks", [False, True])
def test_content_encodings_and_chunks(coding, in_chunks):
    body = PACKERS[coding](HTML.encode())
    fields = [f"Content-Encoding: {coding}"]
    if in_chunks:
        body = chunked(body)
        fields.append("Transfer-Encoding: chunked")
    assert read(response("http://a.org", body, *fields)) == [LINES]


def test_deflate_without_its_header_and_two_codings_one_over_the_other():
    raw = response("http://a", raw_deflate(HTML.encode()), "Content-Encoding: deflate")
    both = brotli.compress(gzip.compress(HTML.encode()))
    assert read(raw, response("http://b", both, "Content-Encoding: gzip, br")) == [LINES, LINES]


def test_bodies_that_were_stored_unpacked_under_the_old_header():
    fields = ("Content-Encoding: br", "Transfer-Encoding: chunked")
    assert read(response("http://a.org", HTML, *fields)) == [LINES]


@pytest.mark.parametrize("coding", PACKERS)
def test_a_bomb_is_not_unpacked(coding):
    bomb = PACKERS[coding](b"a" * 50_000_000)
    made = response("http://a.org", bomb, f"Content-Encoding: {coding}")
    started = time.process_time()
    assert read(made) == ["record_too_long"]
    assert time.process_time() - started < 1  # 50 MB were not searched for HTML


@pytest.mark.parametrize("coding", [*PACKERS, "chunks"])
def test_a_body_that_is_cut_gives_the_text_that_is_there(coding):
    """As a plain one does; a browser shows it too."""
    numbers = random.Random(0)
    long = HTML + "".join(f"<p>{n} {numbers.random()}</p>" for n in range(9000))
    packed, field = (
        (chunked(long.encode()), "Transfer-Encoding: chunked")
        if coding == "chunks"
        else (PACKERS[coding](long.encode()), f"Content-Encoding: {coding}")
    )
    (lines,) = read(response("http://a.org", packed[: len(packed) * 3 // 4], field))
    assert lines[:5] == [*LINES, f"0 {random.Random(0).random()}"]
    assert 3000 < len(lines) < 8000


@pytest.mark.parametrize("coding", [*PACKERS, "compress", "gzip, gzip, gzip, gzip"])
def test_a_body_that_cannot_be_unpacked(coding):
    body = bytearray(PACKERS.get(coding, gzip.compress)(HTML.encode()))
    body[0 if coding in ("br", "zstd") else 12 : 60] = b"\xff" * 60
    (reason,) = read(response("http://a.org", bytes(body), f"Content-Encoding: {coding}"))
    known = coding in PACKERS
    assert reason == ("broken_content_encoding" if known else "unknown_content_encoding")


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (response("http://a", "%PDF-1.4", content_type="application/pdf"), "not_html"),
        (response("http://a", b"\x89PNG\r\n", content_type=""), "not_html"),
        (response("http://a", HTML, content_type="text/plain"), "not_html"),
        (response("http://a", HTML, status="HTTP/1.1 404 Not Found"), "http_status"),
        (response("http://a", HTML, status="200 fine"), "broken_http_header"),
        (response("http://a", "5\r\n<p>ab+++", "Transfer-Encoding: chunked"), "broken_chunks"),
        (response("http://a", "<p> </p><script>x</script>"), "no_text"),
        (
            response(
                "http://a", bytes(range(128, 256)) * 9, content_type="text/html; charset=utf-8"
            ),
            "undecodable",
        ),
        (record("dns:a", "1.2.3.4", kind="response", content_type="text/dns"), "not_html"),
        (record("ftp://a", HTML, kind="resource", content_type="image/png"), "not_html"),
        (
            response("http://a", "<a " + " ".join(f"b{i}=1" for i in range(20_000)) + ">x</a>"),
            "html_too_complex",
        ),
    ],
)
def test_a_response_that_is_no_page(made, reason):
    assert read(made, response("http://b", HTML)) == [reason, LINES]


def test_a_resource_of_html_and_a_type_that_the_crawler_found():
    named = record("http://a", "x", kind="resource").replace(b"text/plain", b"text/html")
    found = response("http://b", HTML, content_type="application/octet-stream").replace(
        b"WARC-Date", b"WARC-Identified-Payload-Type: text/html\r\nWARC-Date"
    )
    assert read(named, found) == [["x"], LINES]


@pytest.mark.parametrize(
    ("text", "encoding", "content_type", "meta"),
    [
        ("Straße", "utf-8", "text/html", ""),
        ("Straße — “ja”", "cp1252", "text/html; charset=ISO-8859-1", ""),
        ("Все люди рождаются", "cp1251", "text/html", '<meta charset="windows-1251">'),
        ("Все люди рождаются", "koi8-r", 'text/html; charset="koi8-r"', ""),
        ("人人生而自由，喆", "gb18030", "text/html; charset=gb2312", ""),
        ("すべての人間は①", "cp932", "text/html; charset=shift_jis", ""),
        ("Straße", "utf-8-sig", "text/html; charset=iso-8859-1", ""),
        ("Straße", "utf-16", "text/html", ""),
        ("Все люди рождаются свободными и равными в правах. " * 9, "cp1251", "text/html", ""),
        ("Все люди рождаются свободными. " * 9, "cp1251", "text/html; charset=utf-8", ""),
    ],
)
def test_charsets(text, encoding, content_type, meta):
    body = f"{meta}<p>{text}</p>".encode(encoding)
    assert read(response("http://a.org", body, content_type=content_type)) == [[text.strip()]]


def test_a_page_cut_in_a_character_keeps_its_charset():
    body = ("<p>" + "Grüße an alle. " * 30).encode() + "ß".encode()[:1]
    (lines,) = read(response("http://a.org", body, content_type="text/html; charset=utf-8"))
    assert lines[0].startswith("Grüße an alle. Grüße")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=600), st.sampled_from([*PACKERS, "", "chunked"]), st.booleans())
def test_whatever_a_server_sends_is_a_page_or_rejected(rubbish, coding, in_html):
    body = f"<p>{rubbish!r}".encode() + rubbish if in_html else rubbish
    fields = [f"Content-Encoding: {coding}", f"Transfer-Encoding: {coding}"]
    found = list(read_pages(io.BytesIO(response("http://a", body, *fields)), "x", CONFIG))
    assert len(found) == 1
    assert isinstance(found[0], (Page, Rejected))
