import json
from pathlib import Path

import pytest
from wet_files import packed, record

from langs.errors import InputError
from pipeline import cli
from pipeline.corpus.statistics import inspection

GERMAN = "Alle Menschen sind frei und gleich an Würde und Rechten geboren, überall, die Nummer {}."
ENGLISH = "All human beings are born free and equal in dignity and rights, say all of number {}."


def page(url: str, line: str, *numbers: int, end: str = "") -> bytes:
    return record(url, "\n".join(line.format(f"{n} of {url}") for n in numbers) + end)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    """Three English pages, two German ones, and some that rules remove."""
    folder = tmp_path_factory.mktemp("inspect")
    pages = [page(f"http://en.org/{n}", ENGLISH, 1, 2, 3) for n in range(3)]
    pages += [page(f"http://de.org/{n}", GERMAN, 1, 2, 3) for n in range(2)]
    pages += [page("http://bad.org", ENGLISH, 1, 2, 3, end="\nSome say anus on a web page now.")]
    pages += [page("http://short.org", GERMAN, 1), page("http://fr.org", FRENCH, 1, 2, 3)]
    (folder / "x.wet.gz").write_bytes(packed(pages))
    command = ["corpus", "--input", f"{folder}/x.wet.gz", "--output", f"{folder}/out"]
    options = ["--preset", "sample", "--min-pages-per-language", "2"]
    assert cli.main([*command, *options]) == 0
    return folder / "out"


FRENCH = "Tous les êtres humains naissent libres et égaux en dignité et en droits, numéro {} ici."


def test_documents_of_every_language_in_turn(corpus):
    rows = inspection.look(corpus, None, None, 4)
    assert [row["language"] for row in rows] == ["de", "en", "de", "en"]
    assert len(inspection.look(corpus, None, None, 100)) == 5


def test_documents_of_one_language(corpus):
    rows = inspection.look(corpus, "en", None, 100)
    assert {row["url"] for row in rows} == {f"http://en.org/{n}" for n in range(3)}


@pytest.mark.parametrize(
    ("rule", "url", "language", "detail"),
    [
        ("bad_words", "http://bad.org", "en", "anus"),
        ("few_long_lines", "http://short.org", "de", ""),
        ("few_pages", "http://fr.org", "fr", ""),
    ],
)
def test_what_a_rule_removed_and_why(corpus, rule, url, language, detail):
    (row,) = inspection.look(corpus, None, rule, 5)
    assert (row["url"], row["language"], row["detail"]) == (url, language, detail)
    assert inspection.look(corpus, language, rule, 5) == [row]
    assert inspection.look(corpus, "sw", rule, 5) == []


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--rule", "bad_word"], "page in en removed by bad_words: bad_word (anus)"),
        (["--rule", "bad_word", "--language", "de"], "no example of bad_word in this language"),
        (["--language", "de", "--limit", "1"], "de ("),
    ],
)
def test_the_command_prints_them(corpus, capsys, tmp_path, arguments, error):
    command = ["corpus", "inspect", "--corpus", str(corpus), "--json", str(tmp_path / "x.json")]
    assert cli.main([*command, *arguments]) == 0
    assert capsys.readouterr().out.startswith(error)
    assert isinstance(json.loads((tmp_path / "x.json").read_text())["found"], list)


@pytest.mark.parametrize(
    ("language", "rule", "limit", "error"),
    [
        (None, "lorem", 5, "removed by 'lorem'; use one of"),
        ("xx", None, 5, "unknown language code"),
        ("sw", None, 5, "no documents in 'sw'; it has de, en"),
        (None, None, 0, "--limit is 0"),
    ],
)
def test_names_that_the_corpus_has_not(corpus, language, rule, limit, error):
    with pytest.raises(InputError, match=error):
        inspection.look(corpus, language, rule, limit)


def test_a_folder_that_is_no_corpus(tmp_path):
    with pytest.raises(InputError, match="is not finished"):
        inspection.look(tmp_path, None, None, 5)
