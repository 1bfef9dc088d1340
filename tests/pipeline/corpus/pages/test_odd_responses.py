"""Whatever a server sends is a page or rejected, once, and costs no other record."""

import gzip
import io
import os
import zlib

import brotli
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from wet_files import packed, record, response

from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.pages.reader import read_pages
from pipeline.corpus.pages.web_page import Page
from pipeline.files.blocks import Rejected

EXAMPLES = settings(max_examples=int(os.environ.get("MSWITCH_EXAMPLES", "150")), deadline=None)
CONFIG = CorpusConfig(max_record_bytes=20_000)
GOOD = response("http://good", "<p>Ships in the harbour.</p>")
SENTENCES = {
    "windows-1252": "Die alte Fähre überquert die Bucht jeden Morgen, “lange” bevor es hell ist…",
    "iso-8859-2": "Stary prom przepływa zatokę każdego ranka, zanim piekarnia się otworzy.",
    "windows-1251": "Старый паром пересекает залив каждое утро, задолго до рассвета.",
    "koi8-r": "Старый паром пересекает залив каждое утро, задолго до рассвета.",
    "x-mac-cyrillic": "Старый паром пересекает залив каждое утро, задолго до рассвета.",
    "iso-8859-7": "Το παλιό πλοίο διασχίζει τον κόλπο κάθε πρωί στις έξι.",
    "windows-1256": "تعبر العبارة القديمة الخليج كل صباح في الساعة السادسة.",
    "shift_jis": "古い渡し船は毎朝六時に湾を渡る。①②",
    "euc-jp": "古い渡し船は毎朝六時に湾を渡る。",
    "euc-kr": "낡은 나룻배는 매일 아침 여섯 시에 만을 건넌다.",
    "gb2312": "旧渡轮每天早上六点横渡海湾。",
    "big5": "舊渡輪每天早上六點橫渡海灣。",
    "windows-874": "เรือข้ามฟากเก่าข้ามอ่าวทุกเช้าตอนหกโมง",
    "utf-8": "Die alte Fähre, старый паром, 旧渡轮",
}
CODECS = {"x-mac-cyrillic": "mac_cyrillic", "shift_jis": "cp932", "windows-874": "cp874"}
NO_LABELS = st.sampled_from(["", "none", "ISO-8859", "utf-7", "utf8mb4", "utf 8", "x" * 99, "hz"])
UTF16_LABELS = st.sampled_from(["utf-16", "UTF-16LE", "unicode", "ucs-2", "iso-10646-ucs-2"])
LINES = st.one_of(
    st.tuples(
        st.sampled_from(
            ["Content-Type", "content-type ", "Content-Encoding", "Transfer-Encoding", "X", ""]
        ),
        st.sampled_from([":", " :", "", ": \t", ":\r"]),
        st.one_of(
            st.sampled_from(
                ["text/html", 'text/html; charset="', "*/*", "gzip", "br, zstd", "chunked", "utf-8"]
            ),
            st.text(max_size=20),
        ),
    ).map("".join),
    st.text(max_size=30),
)
STATUS = st.one_of(
    st.sampled_from(["HTTP/1.1 200 OK", "HTTP/1.1 100\r\n\r\nHTTP/2 200", "ICY 200", "HTTP/1.1"]),
    st.text(max_size=20),
)
HTML = ("<p>The old ferry crosses the bay. " * 40).encode()
BODIES = st.one_of(
    st.binary(max_size=300),
    st.sampled_from(
        [
            HTML,
            b"\xef\xbb\xbf" + HTML,
            gzip.compress(HTML),
            zlib.compress(HTML),
            brotli.compress(HTML),
            zstandard.compress(HTML),
            b"%x\r\n%s\r\n0\r\n\r\n" % (len(HTML), HTML),
        ]
    ),
)


def read(*records: bytes) -> list[Page | Rejected]:
    return list(read_pages(io.BytesIO(packed(records)), "x.warc.gz", CONFIG))


def is_readable(text: str) -> bool:
    return text.count("\ufffd") <= max(1, len(text) / 1000)


@EXAMPLES
@given(
    STATUS,
    st.lists(LINES, max_size=6),
    st.sampled_from(["\r\n", "\n"]),
    BODIES,
    st.integers(0, 2000),
    st.sampled_from(["", "text/html", 'text/html; charset="UTF-8"', "*/*", "text"]),
)
def test_a_response_is_one_page_or_one_rejected_record(
    status, lines, end, body, length, identified
):
    header = end.join([status, *lines, "", ""]).encode("utf-8", "surrogatepass")
    odd = record("http://odd", header + body[:length], kind="response", content_type="")
    odd = odd.replace(
        b"WARC-Date", b"WARC-Identified-Payload-Type: %s\r\nWARC-Date" % identified.encode(), 1
    )
    first, second = read(odd, GOOD)
    assert isinstance(second, Page)
    assert second.text == "Ships in the harbour."
    if isinstance(first, Page):
        assert first.url == "http://odd"
        assert is_readable(first.text)


@EXAMPLES
@given(
    st.sampled_from(sorted(SENTENCES)),
    NO_LABELS,
    st.booleans(),
    st.sampled_from(["<meta charset={0}>", "<!-- <meta charset=big5> --><META Charset='{0}' >"]),
    st.sampled_from(["\r\n", "\n"]),
)
def test_the_first_known_label_names_the_charset(label, unknown, in_header, meta, end):
    text = SENTENCES[label]
    said, declared = (label, unknown) if in_header else (unknown, label)
    body = f"{meta.format(declared)}{end}<p>{text}".encode(CODECS.get(label, label))
    (page,) = read(response("http://a", body, content_type=f"text/html;charset={said}"))
    assert isinstance(page, Page)
    assert page.text.strip() == text


@EXAMPLES
@given(
    st.sampled_from(sorted(SENTENCES)),
    UTF16_LABELS,
    st.sampled_from(["utf-8", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-16"]),
    st.booleans(),
)
def test_utf16_is_what_the_bytes_say_whatever_the_label(sentence, label, encoding, in_header):
    text = SENTENCES[sentence]
    meta = "" if in_header else f"<meta charset={label}>"
    body = f"<!doctype html>{meta}<p>{text * 5}</p>".encode(encoding)
    said = f"text/html; charset={label}" if in_header else "text/html"
    (page,) = read(response("http://a", body, content_type=said))
    assert isinstance(page, Page)
    assert page.text.strip() == text * 5


@EXAMPLES
@given(st.sampled_from(sorted(SENTENCES)), st.sampled_from(sorted(SENTENCES)), st.integers(1, 40))
def test_a_wrong_label_makes_no_page_with_more_than_a_trace_of_replacements(real, said, times):
    body = f"<p>{SENTENCES[real]}".encode(CODECS.get(real, real)) * times
    (found,) = read(response("http://a", body, content_type=f"text/html; charset={said}"))
    assert is_readable(found.text) if isinstance(found, Page) else found.reason == "undecodable"
