import pytest

from pipeline.corpus.config import CorpusConfig, preset
from pipeline.corpus.rules.repair import repaired, without_citation_marks, without_mojibake


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Die schöne Müllerin über Köln", "cp1252"),
        ("“Ça va très bien”, dit-elle à côté", "cp1252"),
        ("Привет, как дела? Хорошо.", "cp1251"),
        ("Το σπίτι είναι μεγάλο", "latin-1"),
    ],
)
def test_text_read_as_another_encoding_is_read_again(text, encoding):
    wrong = text.encode().decode(encoding, "replace")
    if "\ufffd" not in wrong:
        assert wrong != text
        assert without_mojibake(wrong) == text
    assert without_mojibake(text) == text


def test_only_bad_lines_are_touched():
    good = "Mañana será otro día, señor Nuñez: ¿qué más da?"
    assert (
        without_mojibake(f"{good}\nschÃ¶n und grÃ¼n\n{good}") == f"{good}\nschön und grün\n{good}"
    )


@pytest.mark.parametrize(
    "text", ["Українська мова", "Română și în", "日本語の文", "Â", "Ã la carte"]
)
def test_good_text_stays(text):
    assert without_mojibake(text) == text


def test_settings():
    text = "Donau\u00addampf schÃ¶n und grÃ¼n"
    assert repaired(text, CorpusConfig()) == text
    assert repaired(text, CorpusConfig(remove_soft_hyphens=True)) == "Donaudampf schÃ¶n und grÃ¼n"
    both = CorpusConfig(remove_soft_hyphens=True, repair_encoding=True)
    assert repaired(text, both) == "Donaudampf schön und grün"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("It froze.[1]", "It froze."),
        ("It froze.[12][345]", "It froze."),
        ("It froze. [1] It thawed.", "It froze. It thawed."),
        ("It froze.[ 1 ]", "It froze."),
        ("It froze.[1, 2][4–6]", "It froze."),
        ("It froze.[citation needed][Citation needed]", "It froze."),
        ("تجمدت.[١٢]", "تجمدت."),
        ("Winters[edit]", "Winters"),
        ("a []", "a"),
    ],
)
def test_citation_marks_are_removed(text, left):
    assert without_citation_marks(text) == left


@pytest.mark.parametrize("text", ["[sic]", "[2020-03-01]", "x[i]", "[1", "1]", "[edited]", "(1)"])
def test_other_brackets_stay(text):
    assert without_citation_marks(text) == text


@pytest.mark.parametrize(
    "text", [" " * 200_000, "[" * 200_000, "[1," * 70_000, "[" + "1" * 200_000]
)
def test_citation_marks_take_linear_time(text):
    assert without_citation_marks(text) == text


def test_c4_and_the_sample_remove_citation_marks_and_mc4_does_not():
    text = "It froze.[1]"
    assert {name: repaired(text, preset(name)) for name in ("mc4", "c4", "modern", "sample")} == {
        "mc4": text, "c4": "It froze.", "modern": text, "sample": "It froze.",
    }  # fmt: skip
