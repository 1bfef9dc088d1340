import pytest

from pipeline.corpus.cleaning_config import Cleaning
from pipeline.corpus.rules.repair import repaired, without_mojibake


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
    assert repaired(text, Cleaning()) == text
    assert repaired(text, Cleaning(remove_soft_hyphens=True)) == "Donaudampf schÃ¶n und grÃ¼n"
    both = Cleaning(remove_soft_hyphens=True, repair_encoding=True)
    assert repaired(text, both) == "Donaudampf schön und grün"
