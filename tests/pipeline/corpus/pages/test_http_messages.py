import gzip

import pytest

from pipeline.corpus.pages.http_messages import header_fields, response_parts
from pipeline.corpus.pages.web_page import NoPageError

BODY = b"<p>The old ferry crosses the bay.</p>"


def parts(head: str | bytes, body: bytes = BODY) -> tuple[dict[str, str], bytes]:
    raw = head if isinstance(head, bytes) else head.encode()
    return response_parts(raw + b"\r\n\r\n" + body, 10_000)


@pytest.mark.parametrize("sign", ["\v", "\f", "\x1c", "\x85", "\u2028", "\r", "\x00"])
def test_nothing_but_a_line_feed_ends_a_line(sign):
    header = f"HTTP/1.1 200\r\nA: b{sign}Content-Type: image/png\nC : d\r\nE:\r\n f\r\n\tg: h"
    assert list(header_fields(header.encode()).items()) == [
        ("a", f"b{sign}Content-Type: image/png"),
        ("c", "d"),
        ("e", "f g: h"),
    ]


def test_fields_of_one_name_are_joined():
    fields, _ = parts("HTTP/1.1 200 OK\r\nVary: a\r\nX: y\r\nVARY: b")
    assert fields == {"vary": "a, b", "x": "y"}


@pytest.mark.parametrize(
    "status",
    [
        "HTTP/1.1 200 OK",
        "HTTP/1.1 200",
        "HTTP/2 203 x",
        "HTTP/3.0 206",
        "http/1.0\t200 OK",
        "ICY  200 OK",
        "\r\n\nHTTP/1.1 200 OK",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK",
        "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100\r\n\r\nHTTP/1.1 200 OK",
    ],
)
def test_status_lines_that_browsers_read(status):
    assert parts(status + "\r\nX: y") == ({"x": "y"}, BODY)


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ("HTTP/1.1 404 Not Found", "http_status"),
        ("HTTP/1.1 301 Moved\r\nLocation: x", "http_status"),
        ("HTTP/1.1 100 Continue", "http_status"),
        ("200 OK", "broken_http_header"),
        ("HTTP/1.1 2000 OK", "broken_http_header"),
        ("HTTP/1.1 OK", "broken_http_header"),
        (BODY, "broken_http_header"),
    ],
)
def test_messages_that_are_no_successful_response(head, reason):
    with pytest.raises(NoPageError, match=reason):
        parts(head)


@pytest.mark.parametrize("coding", ["utf-8", "UTF-8, none", "identity", "gzip", "br", "compress"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf", b"\xff\xfe", b" \r\n"])
def test_a_body_that_is_not_packed_stays_as_it_is(coding, mark):
    body = mark + (BODY.decode().encode("utf-16-le") if mark == b"\xff\xfe" else BODY)
    assert parts(f"HTTP/1.1 200\r\nContent-Encoding: {coding}", body)[1] == body


def test_an_unknown_encoding_beside_a_known_one():
    for names in ("gzip, utf-8", "none, gzip"):
        head = f"HTTP/1.1 200\r\nContent-Encoding: {names}"
        assert parts(head, gzip.compress(BODY))[1] == BODY


def test_text_without_a_tag_at_its_start_is_not_packed_either():
    body = b"Old ferry <b>crosses</b> the bay"
    assert parts("HTTP/1.1 200\r\nContent-Encoding: gzip", body)[1] == body


def test_all_members_of_a_gzip_body():
    body = gzip.compress(BODY) + gzip.compress(BODY) + b"rubbish"
    assert parts("HTTP/1.1 200\r\nContent-Encoding: gzip", body)[1] == BODY + BODY


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        (b"3\r\nabc\r\n0\r\n\r\n", b"abc"),
        (b"3\r\nabc\r\n0", b"abc"),
        (b"3\r\nabc\r\n", b"abc"),
        (b"3\r\nabc", b"abc"),
        (b"3\r\nab", b"ab"),
        (b"3\nabc\n2 ; a=b\nde\n1", b"abcde"),
        (b"3\r\nabc\r\n0\r\nTrailer: x\r\n\r\n", b"abc"),
        (b"<p>not in chunks", b"<p>not in chunks"),
    ],
)
def test_chunks_up_to_where_they_end(chunks, expected):
    assert parts("HTTP/1.1 200\r\nTransfer-Encoding: Chunked", chunks)[1] == expected


def test_chunks_with_rubbish_between():
    with pytest.raises(NoPageError, match="broken_chunks"):
        parts("HTTP/1.1 200\r\nTransfer-Encoding: chunked", b"3\r\nabc\r\nxyz\r\n")
