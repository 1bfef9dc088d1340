"""Columns without a heading: texts are told from addresses, ids, scores and labels."""

import gzip
from pathlib import Path

import pytest

from langs.errors import InputError
from pipeline.translation.bitext.readers import columns
from pipeline.translation.bitext.readers.columns import columns_of
from pipeline.translation.bitext.readers.rows import Source
from pipeline.translation.bitext.readers.text_columns import text_columns


def pairs(sample: Path, code: str, number: int = 60) -> list[tuple[str, str]]:
    """English sentences of the sample with their translations."""
    lines = gzip.decompress((sample / f"en-{code}.tsv.gz").read_bytes()).decode().split("\n")
    rows = [line.split("\t") for line in lines[1 : number + 1]]
    return [(row[2], row[3]) for row in rows]


def table(sample: Path, code: str, form: str, number: int = 60) -> list[str]:
    """Lines of a form such as "u u s t n": en and other urls, texts, a score, an id, a label."""
    lines = []
    for n, (english, other) in enumerate(pairs(sample, code, number)):
        cells = {
            "u": f"https://news.example.org/{code}/{n}?page={n}",
            "h": "www.example.org",
            "s": english,
            "t": other,
            "n": f"{n / 7:.4f}",
            "i": f"Corpus-{n:05d}",
            "l": "ted",
            "c": code,
            "e": "",
        }
        lines.append("\t".join(cells[sign] for sign in form.split()))
    return lines


@pytest.mark.parametrize("code", ["de", "fr", "ru", "ar", "hi", "ja", "zh", "th", "ko", "sw"])
@pytest.mark.parametrize(
    ("form", "places"),
    [
        ("s t", [0, 1]),
        ("u u s t", [2, 3]),
        ("u u s t n n", [2, 3]),
        ("i s t", [1, 2]),
        ("n s t", [1, 2]),
        ("l c i s u t n", [3, 5]),
        ("e s e t h", [1, 3]),
    ],
)
def test_texts_are_found(sample: Path, code: str, form: str, places: list[int]) -> None:
    assert text_columns(table(sample, code, form), ["en", code]) == places


@pytest.mark.parametrize("form", ["u u", "u s", "n t", "i s", "u u n", "u s n", "i i i"])
def test_columns_without_two_texts_are_none(sample: Path, form: str) -> None:
    assert text_columns(table(sample, "fr", form), ["en", "fr"]) is None


def test_of_several_texts_those_in_the_two_languages(sample: Path) -> None:
    german = [other for _, other in pairs(sample, "de")]
    lines = [f"{x}\t{line}" for x, line in zip(german, table(sample, "fr", "t u s"), strict=True)]
    assert text_columns(lines, ["en", "fr"]) == [3, 1]
    twice = [f"{line}\t{line}" for line in table(sample, "fr", "s t")]
    assert text_columns(twice, ["en", "fr"]) is None


def test_short_words_and_very_wide_lines() -> None:
    assert text_columns(["no\tnon"] * 50, ["en", "fr"]) == [0, 1]
    assert text_columns(["\t" * 1_000_000] * 9, ["en", "fr"]) is None
    assert text_columns(["1" * 1_000_000 + " x\tthe word\tun mot"], ["en", "fr"]) is None


def test_the_choice_is_told_and_numbers_overrule_it(
    sample: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "en-fr.tsv"
    path.write_text("\n".join(table(sample, "fr", "u u s t n")))
    found = columns_of(str(path), ["en", "fr"])
    assert found
    assert found.places == {"en": 2, "fr": 3}
    assert "from columns 3 (en) and 4 (fr) of 5; --columns" in capsys.readouterr().err
    told = columns_of(str(path), ["en", "fr"], [4, 3])
    assert told
    assert told.places == {"en": 3, "fr": 2}
    source = Source("tsv", (("", str(path)),), ("en", "fr"), columns=(3, 4))
    rows = [row.texts for row in columns.rows(source, lambda size: None)]
    assert rows == [{"en": one, "fr": other} for one, other in pairs(sample, "fr")]


def test_what_is_not_clear_is_refused(sample: Path, tmp_path: Path) -> None:
    path = tmp_path / "en-fr.tsv"
    path.write_text("\n".join(table(sample, "fr", "u u")))
    with pytest.raises(InputError, match=r"which of its 2 columns hold en and fr .* --columns"):
        columns_of(str(path), ["en", "fr"])
    with pytest.raises(InputError, match=r"no column 7; it has 2"):
        columns_of(str(path), ["en", "fr"], [7, 1])


def test_headings_of_other_tools(tmp_path: Path) -> None:
    path = tmp_path / "en-fr.tsv"
    path.write_text("url1\turl2\tsentence1\tsentence2\nhttp://a\thttp://b\tone\tun\n")
    found = columns_of(str(path), ["en", "fr"])
    assert found
    assert (found.places, found.has_header) == ({"en": 2, "fr": 3}, True)
