import pytest

from pipeline.corpus.pages.media_types import MediaType, is_html, media_type, starts_as_html

NONE = MediaType()
HTML = MediaType("text/html", "")


@pytest.mark.parametrize(
    ("value", "essence", "charset"),
    [  # the examples of Fetch ("extract a MIME type") and of MIME Sniffing, and their kind
        ("text/html", "text/html", ""),
        (" Text/HTML ;Charset=UTF-8 ", "text/html", "UTF-8"),
        ('text/html; charset="UTF-8"', "text/html", "UTF-8"),
        ('text/html;charset="\\u\\t\\f-8', "text/html", "utf-8"),
        ("text/html;charset=gbk;charset=utf-8", "text/html", "gbk"),
        ("text/html;charset=;charset=utf-8", "text/html", "utf-8"),
        ('text/html;x=";charset=big5";charset=utf-8', "text/html", "utf-8"),
        ("text/html;x;y = z; charset = gbk", "text/html", "gbk"),
        ("text/plain;charset=gbk, text/html", "text/html", ""),
        ("text/html;charset=gbk;a=b, text/html;x=y", "text/html", "gbk"),
        ("text/html;charset=gbk, x/x, text/html;x=y", "text/html", ""),
        ("text/html, cannot-parse", "text/html", ""),
        ("text/html, */*", "text/html", ""),
        ("text/html, ", "text/html", ""),
        ('text/html;x="a,b", image/png', "image/png", ""),
        ("text/html charset=utf-8", "", ""),
        ("text/ html", "", ""),
        ("html", "", ""),
        ("/", "", ""),
        ("", "", ""),
        ('"', "", ""),
        ("*/*", "", ""),
        ("application/xhtml+xml;charset=ISO-8859-1", "application/xhtml+xml", "ISO-8859-1"),
    ],
)
def test_types_and_charsets(value, essence, charset):
    assert media_type(value) == MediaType(essence, charset)


@pytest.mark.parametrize("tag", ["!DOCTYPE HTML", "html", "Head", "SCRIPT", "h1", "a", "p", "BR"])
def test_content_that_begins_with_one_of_some_tags_is_html(tag):
    for end in (b" ", b">", b"\n"):
        assert starts_as_html(b" \t\r\n\x0c<" + tag.encode() + end)
    assert not starts_as_html(f"<{tag}x>".encode())
    assert not starts_as_html(f"x<{tag}>".encode())


@pytest.mark.parametrize(
    ("said", "identified", "body", "expected"),
    [
        (HTML, NONE, b"anything", True),
        (NONE, HTML, b"anything", True),
        (MediaType("image/png"), HTML, b"anything", True),
        (HTML, MediaType("image/png"), b"<html>", False),
        (MediaType("text/plain"), NONE, b"<html>", False),
        (MediaType("unknown/unknown"), NONE, b"<html>", True),
        (HTML, MediaType("application/unknown"), b"anything", True),
        (NONE, NONE, b"<!-- x -->", True),
        (NONE, NONE, b"%PDF-", False),
        (NONE, NONE, b"", False),
    ],
)
def test_what_is_html(said, identified, body, expected):
    assert is_html(said, identified, body) == expected


def test_hostile_fields_take_no_time():
    for value in ('"' * 50_000, '"\\' * 50_000, ";" * 50_000, "text/html" + ';a="' * 30_000):
        media_type(value)
