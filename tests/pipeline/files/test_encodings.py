import pytest

from pipeline.files.blocks import Block
from pipeline.files.encodings import encoding_of, in_utf8

GERMAN = ["Größe über alles", "schöne Grüße aus Österreich", "Brötchen für Äthiopien"] * 5
RUSSIAN = ["Старый паром пересекает залив каждое утро", "задолго до рассвета"] * 5


def read(data: bytes, size: int = 10) -> str:
    blocks = [Block(0, data[i : i + size], last=True) for i in range(0, len(data), size)]
    return b"".join(block.data for block in in_utf8(iter(blocks))).decode()


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
@pytest.mark.parametrize("size", [3, 10, 10_000])
def test_utf16_and_utf32(codec, size):
    text = "\n".join(["{Anfang", *GERMAN, *RUSSIAN])
    assert read(text.encode(codec), size) == text


@pytest.mark.parametrize(
    ("lines", "codec"), [(GERMAN, "cp1252"), (RUSSIAN, "cp1251"), (RUSSIAN, "koi8-r")]
)
def test_lines_in_an_old_encoding(lines, codec):
    text = "\n".join(lines)
    assert read(text.encode(codec), 1000) == text


def test_lines_of_which_some_are_damaged_stay_as_they_are():
    data = "\n".join([*GERMAN, *RUSSIAN]).encode() + b"\nH\xe4fen\n"
    (block,) = in_utf8(iter([Block(0, data, last=True)]))
    assert block.data == data


def test_a_character_over_a_broken_member_is_lost():
    data = "aaaä\nbö\n".encode("utf-16-le")
    blocks = [Block(0, data[:7], True, "broken"), Block(9, data[10:], True)]
    found = list(in_utf8(iter(blocks)))
    assert b"".join(block.data for block in found).decode() == "aaa\ufffdbö\n"
    assert [block.broken for block in found] == ["broken", "", ""]


def test_marks_and_zeros_tell():
    assert encoding_of(b"\xef\xbb\xbf{") == "utf-8"
    assert encoding_of(b"{\x00}\x00") == "utf-16-le"
    assert encoding_of(b"") == "utf-8"
