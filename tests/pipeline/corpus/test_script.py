import pytest

from langs.punctuation import TERMINAL_PUNCTUATION
from pipeline.corpus import script


@pytest.mark.parametrize(
    ("line", "most", "last"),
    [
        ("Hello, world!", "Latn", "Latn"),
        ("Привет, John", "Cyrl", "Latn"),
        ("日本語のテキストです。", "Jpan", "Jpan"),
        ("中文网页 2024。", "Hani", "Hani"),
        ("ภาษาไทย", "Thai", "Thai"),
        ("한국어", "Hang", "Hang"),
        ("2024 — !", None, None),
        ("ᏣᎳᎩ", None, None),  # Cherokee: no task of mC4
    ],
)
def test_script_of_a_line(line, most, last):
    assert script.line_script(line) == most
    assert script.last_letter_script(line) == last


def test_every_script_has_its_punctuation():
    assert set(script._SCRIPTS.values()) == set(TERMINAL_PUNCTUATION)


def test_scripts_without_spaces():
    assert {"Thai", "Hani", "Jpan"} <= script.UNSPACED_SCRIPTS
    assert "Hang" not in script.UNSPACED_SCRIPTS
