"""The formats: the same rows whatever they come in, and what is wrong with them."""

import bz2
import gzip
import json
import lzma
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from langs.errors import InputError
from pipeline.files.lines import text_lines
from pipeline.translation.bitext.readers import inputs
from pipeline.translation.bitext.readers.rows import Row, Source
from pipeline.translation.bitext.sift import READERS

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstandard.ZstdCompressor().compress,
}
ROWS = [{"en": "One.", "fr": "Un."}, {"en": "Two & <three>", "fr": "Deux\u2028et trois"}]
TMX = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4"><header srclang="en"/><body>
<tu><prop type="x">no text</prop><tuv xml:lang="en-US"><seg>One.</seg></tuv>
 <tuv xml:lang="FR"><seg>Un.</seg></tuv></tu>
<tu><tuv lang="en"><seg>Two &amp; <hi>&lt;three&gt;</hi><ph>{code}</ph></seg></tuv>
 <tuv lang="fr"><seg>Deux\u2028et trois</seg></tuv><tuv lang="tlh"><seg>cha'</seg></tuv></tu>
</body></tmx>
"""


def rows(*paths: Path, codes: str = "") -> list[Row]:
    specs = [f"{path}{codes}" for path in paths]
    found: list[Row] = []
    for source in inputs.find(specs):
        told: list[int] = []
        found += READERS[source.kind](source, told.append)
        assert source.size - 10 <= sum(told) <= source.size  # progress ends where the files do
    return found


@pytest.mark.parametrize("ending", PACKERS)
def test_all_formats_give_the_same_rows(tmp_path: Path, ending: str) -> None:
    texts = {
        "en-fr.tsv": "".join(f"{row['en']}\t{row['fr']}\r\n" for row in ROWS),
        "flat.jsonl": "".join(json.dumps({**row, "score": 1}) + "\n" for row in ROWS),
        "nested.jsonl": "".join(json.dumps({"id": "7", "translation": row}) + "\n" for row in ROWS),
        "memory.tmx": TMX,
        "corpus.en": "".join(row["en"] + "\n" for row in ROWS),
        "corpus.fr": "\ufeff" + "".join(row["fr"] + "\n" for row in ROWS),
        "en.tsv": f"b\t{ROWS[1]['en']}\na\t{ROWS[0]['en']}\nc\talone\n",
        "fr.tsv": f"a\t{ROWS[0]['fr']}\nb\t{ROWS[1]['fr']}",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}{ending}").write_bytes(PACKERS[ending](text.encode()))
    wanted = [Row(row) for row in ROWS]
    for name in ("en-fr.tsv", "flat.jsonl", "nested.jsonl", "memory.tmx"):
        assert rows(tmp_path / f"{name}{ending}") == wanted
    assert rows(*(tmp_path / f"corpus.{code}{ending}" for code in ("en", "fr"))) == wanted
    by_key = rows(*(tmp_path / f"{code}.tsv{ending}" for code in ("en", "fr")))
    assert by_key == [*wanted, Row({"en": "alone"})]


def test_a_header_tells_columns_and_split(tmp_path: Path) -> None:
    path = tmp_path / "en-fr.tsv"
    path.write_text("split\tsource\tenglish\ttranslation\ndev\tx\tone\tun\ntrain\ty\ttwo\tdeux\n")
    assert rows(path) == [
        Row({"en": "one", "fr": "un"}, "valid"),
        Row({"en": "two", "fr": "deux"}, "train"),
    ]
    path.write_text("target\tsource\tsplit\nun\tone\ttest\n")
    assert rows(path) == [Row({"en": "one", "fr": "un"}, "test")]
    path.write_text("en\tfr\tsplit\none\tun\tmaybe\n")
    with pytest.raises(InputError, match="a row is of split 'maybe': use one of train, valid"):
        rows(path)


def test_names_tell_the_split_of_all_rows(tmp_path: Path) -> None:
    path = tmp_path / "test.en-fr.tsv"
    path.write_text("one\tun\n")
    assert rows(path) == [Row({"en": "one", "fr": "un"}, "test")]


def test_lines_that_are_no_row_are_malformed(tmp_path: Path) -> None:
    columns, objects, keys = (tmp_path / name for name in ("en-fr.tsv", "x.jsonl", "en.tsv"))
    columns.write_text("one\tun\nno tab\n")
    assert rows(columns)[1] == Row({"en": None, "fr": None}, is_malformed=True)
    objects.write_text('{"en": "one", "fr": 1}\n\n[1]\n{"en": \n{"en": "one", "fr": "un"}\n')
    assert [row.is_malformed for row in rows(objects)] == [True, True, True, False]
    assert rows(objects, codes=":en-fr")[0].texts == {"en": None, "fr": None}
    keys.write_text("a\tone\nno tab\na\tagain\n")
    (tmp_path / "fr.tsv").write_text("a\tun\n")
    found = rows(keys, tmp_path / "fr.tsv")
    assert [row.is_malformed for row in found] == [True, True, False]
    assert found[2].texts == {"en": "one", "fr": "un"}


def test_lines_of_different_numbers_are_told_with_them(tmp_path: Path) -> None:
    (tmp_path / "x.en").write_text("1\n2\n3\n4\n")
    (tmp_path / "x.fr").write_text("1\n2\n")
    (tmp_path / "x.sw").write_text("1\n2\n3")
    with pytest.raises(InputError, match=r"x\.fr has 2 lines and .*x\.en 4: they must say"):
        rows(*(tmp_path / f"x.{code}" for code in ("en", "fr", "sw")))


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n\r\ufeff"))))
def test_lines_end_at_line_feeds_alone(lines: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "lines.txt")
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="")
        assert list(text_lines(str(path), lambda _: None)) == lines


def test_a_very_long_line_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "en-fr.tsv"
    path.write_text("one\tun\n" + "x" * 3_000_000 + "\tun\ntwo\tdeux\n")
    assert [row.texts["en"] for row in rows(path)] == ["one", None, "two"]
    long = TMX.replace("One.", "y" * 2_000_000)
    (tmp_path / "long.tmx").write_text(long)
    assert [row.texts["en"] for row in rows(tmp_path / "long.tmx")] == [None, "Two & <three>"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            "un\nd\xe9j\xe0\n".encode("latin-1"),
            "line 2: not UTF-8 (byte 0xe9 at byte 2); convert the file",
        ),
        (
            "one\n".encode("utf-16"),
            "line 1: not UTF-8 (byte 0xff at byte 1); convert the file: iconv -f UTF-16",
        ),
        (
            gzip.compress(b"text" * 1000, mtime=0)[:-20],
            "is damaged (truncated_gzip_member); fetch it again",
        ),
    ],
)
def test_what_is_not_text_is_told_with_its_place(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "x.fr"
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        list(text_lines(str(path), lambda _: None))
    assert words in str(error.value)
    assert str(path) in str(error.value)


ENTITIES = '<!DOCTYPE tmx [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><tmx><body/></tmx>'
SKIPPED = '<!DOCTYPE tmx SYSTEM "tmx14.dtd"><tmx><body>a&nbsp;b</body></tmx>'
EXTERNAL = '<!DOCTYPE tmx [<!ENTITY a SYSTEM "file:///etc/passwd">]><tmx>&a;</tmx>'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (ENTITIES, "line 1: it declares an entity (a)"),
        (EXTERNAL, "line 1: it declares an entity (a)"),
        (SKIPPED, "line 1: it uses an entity (nbsp) that it does not explain"),
        ("<html/>", "it begins with <html>, and TMX with <tmx>"),
        ("<tmx>\n<body>", "line 2: broken XML (no element found)"),
        ("<tmx>\n</body>", "line 2: broken XML (mismatched tag)"),
        ("<tmx>" + "<a>" * 200, "elements more than 100 deep"),
        ('<tmx a="' + "x" * 9_000_000, "a tag of more than 4,194,304 bytes"),
        ("", "broken XML (no element found)"),
    ],
)
def test_hostile_and_broken_tmx_is_refused(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "x.tmx").write_text(content)
    with pytest.raises(InputError) as error:
        rows(tmp_path / "x.tmx")
    assert words in str(error.value)


def test_tmx_in_other_encodings_says_so_itself(tmp_path: Path) -> None:
    path = tmp_path / "x.tmx"
    path.write_bytes(TMX.replace("\u2028", " ").replace("UTF-8", "UTF-16").encode("utf-16"))
    assert [row.texts["fr"] for row in rows(path)] == ["Un.", "Deux et trois"]


def test_units_without_two_known_languages_are_malformed(tmp_path: Path) -> None:
    path = tmp_path / "x.tmx"
    path.write_text(TMX.replace("FR", "tlh"))
    assert [row.is_malformed for row in rows(path)] == [True, False]
    assert [row.is_malformed for row in rows(path, codes=":de-en")] == [True, True]


def test_a_source_without_languages_is_all_pairs_of_what_it_says() -> None:
    assert Source("tmx", (("", "x.tmx"),), ()).pairs == []
    assert Source("lines", (), ("sw", "en", "fr")).pairs == [
        ("en", "fr"), ("en", "sw"), ("fr", "sw"),
    ]  # fmt: skip
