import unicodedata

import pytest
import sacrebleu

from langs.errors import InputError
from langs.punctuation import TERMINAL_PUNCTUATION
from langs.registry import LANGUAGES, get


def test_has_all_107_tasks_in_code_order() -> None:
    assert len(LANGUAGES) == 107
    assert list(LANGUAGES) == sorted(LANGUAGES)
    assert sum(code.endswith("-Latn") for code in LANGUAGES) == 6
    assert all(code == language.code for code, language in LANGUAGES.items())


def test_right_to_left_languages_are_these() -> None:
    assert {c for c, x in LANGUAGES.items() if x.direction == "rtl"} == {
        "ar", "fa", "iw", "ps", "sd", "ur", "yi",
    }  # fmt: skip


def test_unspaced_languages_are_these_and_get_a_tokenizer_that_needs_no_spaces() -> None:
    unspaced = {code for code, language in LANGUAGES.items() if not language.spaced}
    assert unspaced == {"ja", "km", "lo", "my", "th", "zh"}
    assert {LANGUAGES[code].sacrebleu_tokenizer for code in unspaced} == {"char", "zh"}


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=lambda language: language.code)
def test_own_name_is_written_in_the_script_of_the_language(language) -> None:
    named = {
        "Arab": "ARABIC", "Armn": "ARMENIAN", "Beng": "BENGALI", "Cyrl": "CYRILLIC",
        "Deva": "DEVANAGARI", "Ethi": "ETHIOPIC", "Geor": "GEORGIAN", "Grek": "GREEK",
        "Gujr": "GUJARATI", "Guru": "GURMUKHI", "Hang": "HANGUL", "Hani": "CJK",
        "Hebr": "HEBREW", "Jpan": "CJK", "Khmr": "KHMER", "Knda": "KANNADA", "Laoo": "LAO",
        "Latn": "LATIN", "Mlym": "MALAYALAM", "Mymr": "MYANMAR", "Sinh": "SINHALA",
        "Taml": "TAMIL", "Telu": "TELUGU", "Thai": "THAI",
    }  # fmt: skip
    letters = [c for c in language.own_name if unicodedata.category(c) in ("Ll", "Lu", "Lo")]
    assert letters
    assert all(unicodedata.name(c).startswith(named[language.script]) for c in letters)
    assert unicodedata.is_normalized("NFC", language.own_name)


def test_every_script_has_punctuation_and_every_tokenizer_works_offline() -> None:
    assert {language.script for language in LANGUAGES.values()} == set(TERMINAL_PUNCTUATION)
    for tokenizer in {language.sacrebleu_tokenizer for language in LANGUAGES.values()}:
        same = sacrebleu.sentence_bleu("a b c d e", ["a b c d e"], tokenize=tokenizer)
        assert same.score == pytest.approx(100)


def test_flores_codes_are_unique_and_missing_only_where_flores_200_lacks_the_language() -> None:
    codes = [language.flores for language in LANGUAGES.values() if language.flores]
    assert len(set(codes)) == len(codes)
    without = {c for c, x in LANGUAGES.items() if not x.flores and not c.endswith("-Latn")}
    assert without == {"co", "fy", "haw", "hmn", "la"}


def test_known_rows() -> None:
    hebrew = get("iw")
    assert (hebrew.name, hebrew.own_name, hebrew.script) == ("Hebrew", "עברית", "Hebr")
    assert (hebrew.flores, hebrew.family) == ("heb_Hebr", "Afro-Asiatic")
    assert get("en").mc4_pages == 3_079_081_989 + 3_083_850
    assert get("en").mc4_tokens_billions == 2733


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("he", "iw"), ("eng_Latn", "en"), ("Germann", "de"), ("pt_BR", "pt"), ("en-US", "en"),
     ("EN", "en"), ("ru-Ltn", "ru-Latn"), ("nb", "no")],
)  # fmt: skip
def test_unknown_code_is_answered_with_a_suggestion(wrong: str, right: str) -> None:
    with pytest.raises(InputError, match=f"{wrong}.*did you mean '{right}'"):
        get(wrong)


@pytest.mark.parametrize("wrong", ["", "qqqqq"])
def test_unknown_code_without_likeness_points_to_the_list(wrong: str) -> None:
    with pytest.raises(InputError, match="mswitch languages"):
        get(wrong)
