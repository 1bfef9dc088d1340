"""The text of what a web server sent: HTTP message -> HTML -> text."""

import re

from resiliparse.extract.html2text import extract_plain_text

from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.pages.charsets import page_text
from pipeline.corpus.pages.http_messages import response_parts
from pipeline.corpus.pages.media_types import is_html, media_type
from pipeline.corpus.pages.web_page import NoPageError

_BLOCKS = (
    *("caption", "dialog", "dir", "figcaption", "figure", "legend", "listing"),
    *("marquee", "menu", "search", "summary", "xmp"),
)
"""Blocks of the HTML standard (section 15.3) around which Resiliparse ends no line."""

_STARTS = "".join(f"[{''.join(name[i] + name[i].upper() for name in _BLOCKS)}]" for i in range(3))
_BLOCK = re.compile(rf"</?(?={_STARTS})(?i:{'|'.join(_BLOCKS)})(?=[\s/>])")
"""The beginnings of their tags; the sets of first letters let the search pass most tags by."""

_LONGEST_TAG = 2**16  # characters outside quotes; the parser's time grows with its square
_QUOTED = re.compile(r"=\s*+(?:\"[^\"]*+\"|'[^']*+')")
_TAG = re.compile(r"<[a-zA-Z]")


def response_text(message: bytes, record: dict[str, str], config: CorpusConfig) -> str:
    """The text of an HTTP response. `record`: the fields of its WARC record.

    Raises NoPageError: not_html, http_status, or what is broken.
    """
    if media_type(record.get("content-type", "")).essence not in ("", "application/http"):
        raise NoPageError("not_html")  # of another protocol
    fields, body = response_parts(message, config.max_record_bytes)
    identified = record.get("warc-identified-payload-type", "")
    return html_text(body, fields.get("content-type", ""), config, identified)


def html_text(body: bytes, content_type: str, config: CorpusConfig, identified: str = "") -> str:
    """The visible text of an HTML page, a line a block element. Raises NoPageError.

    `content_type`: as the server said; `identified`: the media type that the crawler found.
    """
    said, found = media_type(content_type), media_type(identified)
    if not is_html(said, found, body):
        raise NoPageError("not_html")
    html = page_text(body, (said.charset, found.charset))
    if _has_endless_tag(html):
        raise NoPageError("html_too_complex")
    return extract_plain_text(
        _BLOCK.sub(_with_line_end, html),
        main_content=config.html_main_content,
        alt_texts=False,
        list_bullets=False,
        skip_elements=["[hidden]"],
    )


def _with_line_end(tag: re.Match[str]) -> str:
    """The start of a block's tag with a line end in front; of </xmp>, whose text is raw, behind."""
    return f"{tag[0]}><br" if tag[0].lower() == "</xmp" else f"<br>{tag[0]}"


def _has_endless_tag(html: str) -> bool:
    """A tag with tens of thousands of attributes, over which the parser would take minutes."""
    if len(html) < _LONGEST_TAG:
        return False
    pieces = _QUOTED.sub("", html).split(">")
    if max(map(len, pieces)) <= _LONGEST_TAG:
        return False
    tags = ((piece, _TAG.search(piece)) for piece in pieces if len(piece) > _LONGEST_TAG)
    return any(tag and len(piece) - tag.start() > _LONGEST_TAG for piece, tag in tags)
