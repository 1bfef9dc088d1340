import gzip
import io
import lzma

import pytest

from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.pages.reader import read_pages
from pipeline.corpus.pages.web_page import Page

CONFIG = CorpusConfig(text_page_lines=3, max_record_bytes=1000)


def texts(data: bytes, name: str) -> list[str | tuple[int, str, str]]:
    found = read_pages(io.BytesIO(data), name, CONFIG)
    return [x.text if isinstance(x, Page) else (x.offset, x.reason, x.unit) for x in found]


def test_an_empty_line_and_the_longest_page_end_a_page():
    assert texts(b"a\nb\n\n\nc\nd\ne\nf\n", "en.txt") == ["a\nb", "c\nd\ne", "f"]


def test_of_a_tsv_file_the_last_column_is_the_text():
    assert texts(b"GEN.1.1\tIn the beginning\nGEN.1.2\tAnd\n", "en.tsv") == [
        "In the beginning\nAnd"
    ]


@pytest.mark.parametrize("ending", ["", ".gz", ".xz"])
def test_texts_may_be_packed_and_begin_like_json(ending):
    pack = {"": bytes, ".gz": gzip.compress, ".xz": lzma.compress}[ending]
    assert texts(pack("{né}\r\nß".encode()), f"de.txt{ending}") == ["{né}\nß"]


def test_a_line_that_cannot_be_read_is_set_aside_with_its_number():
    data = b"a\n\xff\nb\n" + b"x" * 2000 + b"\nc\n"
    found = texts(data, "en.txt")
    assert found == [(2, "invalid_utf8", "line"), (4, "record_too_long", "line"), "a\nb\nc"]


def test_the_address_follows_from_the_text():
    one, other, again = (
        next(iter(read_pages(io.BytesIO(data), name, CONFIG)))
        for data, name in ((b"a", "en.txt"), (b"b", "en.txt"), (b"a", "x.txt"))
    )
    assert one.url == again.url != other.url
