import gzip
from pathlib import Path

import pytest

from langs.errors import InputError
from pipeline.translation.score.text_files import read_lines, read_pairs


def test_lines_are_those_of_the_sacrebleu_command(tmp_path: Path) -> None:
    text = "one\u2028still one \r\n\n\x0cthree\x85 \u3000\nfour"
    (tmp_path / "a.txt").write_bytes(text.encode())
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(text.encode()))
    for name in ("a.txt", "a.txt.gz"):
        assert read_lines(tmp_path / name) == ["one\u2028still one", "", "\x0cthree", "four"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        ("fine\ncafé\n".encode("latin-1"), r"line 2: not UTF-8 \(byte 0xe9 at byte 4"),
        ("one\n".encode("utf-16"), r"line 1: not UTF-8 \(byte 0xff at byte 1"),
        ("one\n".encode("utf-16-le"), r"line 1: not UTF-8 \(zero bytes"),
    ],
)
def test_a_bad_file_is_named_with_its_line(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "bad.txt").write_bytes(content)
    with pytest.raises(InputError, match=f"bad.txt.*{message}"):
        read_lines(tmp_path / "bad.txt")


@pytest.mark.parametrize(
    "content", [gzip.compress(b"one\n" * 9, mtime=0)[:-9], b"no gzip", b"\x1f\x8b\x08"]
)
def test_a_broken_gzip_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.gz").write_bytes(content)
    with pytest.raises(InputError, match=r"bad\.gz is damaged"):
        read_lines(tmp_path / "bad.gz")


def test_pairs(tmp_path: Path) -> None:
    (tmp_path / "en-fr.tsv").write_text("en\tfr\nOne. \tUn.\nTwo.\tDeux.\n")
    assert read_pairs(tmp_path / "en-fr.tsv", ("en", "fr")) == (["One.", "Two."], ["Un.", "Deux."])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("One.\tUn.\n", "line 1 is 'One. Un.'; it must name the two columns, en, tab, fr"),
        ("en\tfr\n", "no pairs"),
        ("en\tfr\nOne.\tUn.\nTwo.\n", "line 3 has 1 columns"),
        ("en\tfr\nOne.\tUn.\t1\n", "line 2 has 3 columns"),
    ],
)
def test_bad_pairs_are_named_with_their_line(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "en-fr.tsv").write_text(content)
    with pytest.raises(InputError, match=message):
        read_pairs(tmp_path / "en-fr.tsv", ("en", "fr"))
