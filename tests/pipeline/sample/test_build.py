"""The script that makes the sample, on made-up input."""

import gzip
import json
import lzma
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType

from langs.registry import get
from pipeline.sample.build import WIKIPEDIA_RECORD, build
from pipeline.sample.crawled_pages import Page
from pipeline.sample.texts import read_articles, split_of
from pipeline.sample.wet import member, write_wet

ENGLISH = "All human beings are born free and equal in dignity and rights, number {}."
GERMAN = "Alle Menschen sind frei und gleich an Würde und Rechten geboren, Nummer {}."
WHEREAS = "Whereas this is so for all the peoples of the world,"
SOURCES = """\
code\tsource_name\tfirst_line\tlast_line\tbytes\tsource\tlicence
de\tcommonvoice\t1\t50\t1\tx\tCC0-1.0
de\tmozilla-www\t51\t60\t1\tx\tMPL-2.0
"""


def write_xz(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(lzma.compress("".join(f"{line}\n" for line in lines).encode()))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    write_xz(folder / "parallel/ntrex/DOCUMENT_IDS.txt.xz", [f"news.{n // 8}" for n in range(80)])
    write_xz(folder / "parallel/ntrex/en.txt.xz", [ENGLISH.format(n) for n in range(80)])
    german = [GERMAN.format(n) for n in range(50)] + [f"Nicht frei {n}." for n in range(10)]
    write_xz(folder / "sentences/de.txt.xz", german)
    (folder / "sentences/SOURCES.tsv").write_text(SOURCES)
    write_xz(folder / "parallel/tatoeba/en-de.tsv.xz", [f"Yes {n}.\tJa {n}." for n in range(90)])
    declaration = "\n".join(["Declaration", "Preamble", WHEREAS, "and that too,"])
    declaration += " we proclaim it.\n" + "\n".join(ENGLISH.format(n) for n in range(100, 130))
    rows = [{"lang": "en", "source": "x", "text": declaration}]
    with gzip.open(folder / "udhr.jsonl.gz", "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    (folder / "commoncrawl").mkdir()
    (folder / "commoncrawl" / WIKIPEDIA_RECORD).write_bytes(b"record")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_same_input_gives_the_same_bytes(data: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        build(data, tmp_path / name)
    one = contents(tmp_path / "one")
    assert one == contents(tmp_path / "two")
    assert len([name for name in one if name.startswith("wet/")]) == 9
    assert "parallel/en-de.tsv.gz" in one


def test_only_sources_that_may_be_passed_on_are_read(data: Path) -> None:
    articles = read_articles(data, get("de"))
    assert {article.source for article in articles} == {"commonvoice"}
    assert not any("Nicht frei" in line for article in articles for line in article.lines)


def test_no_sentence_is_lost_and_clauses_are_joined(data: Path) -> None:
    articles = read_articles(data, get("en"))
    text = "\n".join(line for article in articles for line in article.lines)
    assert all(ENGLISH.format(n) in text for n in [*range(80), *range(100, 130)])
    assert f"{WHEREAS} and that too, we proclaim it." in text.splitlines()


def test_budget_limits_a_language(data: Path, tmp_path: Path) -> None:
    build(data, tmp_path / "small", bytes_a_language=1500)
    build(data, tmp_path / "large")
    small, large = (
        sum(len(b) for name, b in contents(tmp_path / size).items() if name.startswith("wet/"))
        for size in ("small", "large")
    )
    assert small < large


def test_member_is_a_record_with_right_length_and_digest(tmp_path: Path) -> None:
    page = Page("https://x.example.org/1", "2024-05-10T00:00:00Z", "Ünï.\nTwo.\n", "en")
    (tmp_path / "one.gz").write_bytes(member(page))
    with (tmp_path / "one.gz").open("rb") as file:
        record = next(iter(ArchiveIterator(file)))
        assert record.record_type == WarcRecordType.conversion
        assert record.headers["WARC-Target-URI"] == page.url
        assert record.content_length == len(page.text.encode())
        assert record.verify_block_digest()
        assert record.reader.read().decode() == page.text


def test_broken_pages_stand_in_the_middle_and_at_the_end(tmp_path: Path) -> None:
    page = Page("https://x.example.org/1", "2024-05-10T00:00:00Z", "Some text.\n" * 50, "en")
    broken = Page("https://x.example.org/2", "2024-05-10T00:00:00Z", "Broken.\n" * 50, "en")
    write_wet(tmp_path / "a.gz", [page] * 8, broken=[broken, broken])
    data = (tmp_path / "a.gz").read_bytes()
    half = member(broken)[: len(member(broken)) // 2]
    assert data.count(half) == 2
    assert data.endswith(half)
    assert data.count(member(page)) == 8


def test_a_sentence_has_one_split() -> None:
    splits = [split_of(f"sentence {n}") for n in range(2000)]
    assert splits == [split_of(f"sentence {n}") for n in range(2000)]
    assert 0.07 < splits.count("test") / 2000 < 0.13
    assert 0.07 < splits.count("valid") / 2000 < 0.13
