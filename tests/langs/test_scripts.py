import pytest

from langs import registry, scripts
from langs.punctuation import TERMINAL_PUNCTUATION


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
    assert scripts.line_script(line) == most
    assert scripts.last_letter_script(line) == last


def test_every_script_has_its_punctuation():
    assert set(scripts._SCRIPTS.values()) == set(TERMINAL_PUNCTUATION)


def test_scripts_without_spaces():
    assert {"Thai", "Hani", "Jpan"} <= scripts.UNSPACED_SCRIPTS
    assert "Hang" not in scripts.UNSPACED_SCRIPTS


@pytest.mark.parametrize(
    ("text", "code", "expected"),
    [
        ("Россия и мир", "ru", 1),
        ("Да, yes no", "ru", 2 / 7),
        ("日本語のテキスト 12", "ja", 1),
        ("한국어 漢字 abcde", "ko", 0.5),
        ("汉字 ひらがな", "zh", 2 / 6),
        ("हिन्दी abc", "hi", 3 / 6),  # marks are no letters
        ("Privet", "ru-Latn", 1),
        ("123 !", "ru", 1),
        ("", "ru", 1),
    ],
)
def test_share_of_the_letters_in_the_script_of_the_language(text, code, expected):
    assert scripts.script_share(text, registry.get(code)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "code", "inside"),
    [
        ("ქართული", "ka", True),
        ("ქართული2", "ka", False),
        ("မြန်မာ၁", "my", True),  # signs and digits of its own
        ("日本", "ja", True),
        ("かな漢字", "ja", True),
        ("ẹ\u0301", "yo", True),  # an accent that is a character of its own
        ("\u0301", "yo", False),
        ("Tbilisi", "ka", False),
        ("", "ka", False),
    ],
)
def test_texts_all_in_a_languages_script(text: str, code: str, inside: bool) -> None:
    assert scripts.written_in(text, registry.get(code)) is inside
