"""The rules, pair by pair."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.translation.bitext import pair_rules
from pipeline.translation.bitext.config import BitextConfig
from pipeline.translation.bitext.pair_rules import Rules, digest, length, tidy

ENGLISH = "The committee will meet again in the autumn to discuss these proposals."
FRENCH = "Le comité se réunira de nouveau à l'automne pour discuter de ces propositions."
GERMAN = "Der Ausschuss wird im Herbst erneut zusammentreten, um darüber zu beraten."
DANISH = "Udvalget vil mødes igen til efteråret for at drøfte disse forslag med alle."


def fault(one: str | None, other: str | None, codes: str = "en-fr", **settings: float) -> str:
    found = Rules(BitextConfig(**settings))  # type: ignore[arg-type]
    first, second = codes.split("-")
    return found.fault(found.side(one, first), found.side(other, second))


@pytest.mark.parametrize(
    ("one", "other", "rule"),
    [
        (ENGLISH, FRENCH, ""),
        (ENGLISH, " \t\u200e\x00", "no_letters"),
        (ENGLISH, " \t\x00", "empty"),
        (None, FRENCH, "too_long"),
        (ENGLISH, "é" * 1001, "too_long"),
        ("No. 5!", "no 5", "copy"),
        ("12:30", "12 h 30", "no_letters"),
        (ENGLISH, "Non.", "length_ratio"),
        (ENGLISH, GERMAN, "language"),
        (FRENCH, FRENCH.upper(), "copy"),
    ],
)
def test_each_rule_finds_what_it_is_for(one: str | None, other: str, rule: str) -> None:
    assert fault(one, other) == rule


def test_length_ratio_by_hand() -> None:
    # (20 + 10) / (5 + 10) = 2: ten characters are added to both sides
    assert fault("a" * 20, "b" * 5, max_length_ratio=2.0) == ""
    assert fault("a" * 21, "b" * 5, max_length_ratio=2.0) == "length_ratio"
    assert fault("a" * 500, "b", max_length_ratio=0) == ""
    assert fault("abc", "b", min_characters=2) == "too_short"


def test_lengths_compare_across_scripts() -> None:
    assert length("人人生而自由", "zh") == pytest.approx(6 * 2.9)
    assert length("born free", "en") == 9
    assert fault("All people are born free and equal.", "人人生而自由平等。", "en-zh") == ""


def test_only_a_sure_answer_on_enough_text_is_another_language() -> None:
    assert fault("Good morning to all", "Guten Morgen alle") == ""  # short
    assert fault("Good morning to all", "Guten Morgen alle", min_identified_characters=5) == (
        "language"
    )
    assert fault(ENGLISH, GERMAN, min_language_probability=0) == ""
    assert fault(ENGLISH, DANISH, "en-no") == ""  # cld3 confuses the two
    assert fault(ENGLISH, DANISH, "en-de") == "language"
    yoruba = "Gbogbo ènìyàn ni a bí ní òmìnira; iyì àti ẹ̀tọ́ kọ̀ọ̀kan sì dọ́gba fún gbogbo wọn."
    assert fault(ENGLISH, yoruba, "en-yo") == ""  # cld3 takes it for Vietnamese


def test_an_answer_in_a_script_that_the_text_does_not_have_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    thai = "คณะกรรมการจะประชุมอีกครั้งในฤดูใบไม้ร่วงเพื่อหารือเกี่ยวกับข้อเสนอเหล่านี้"
    monkeypatch.setattr(pair_rules, "identify", lambda text, size: ("mr", 1.0))
    assert fault(ENGLISH, thai, "mr-th") == ""
    assert fault(ENGLISH, FRENCH, "mr-mr") == ""
    monkeypatch.setattr(pair_rules, "identify", lambda text, size: ("de", 1.0))
    assert fault(ENGLISH, FRENCH, "en-fr") == "language"


@given(st.text())
def test_tidy_text_fits_a_column(text: str) -> None:
    found = tidy(text)
    assert found == tidy(found)
    assert not set(found) & set("\t\n\r\u2028\x00\ufeff")
    found.encode("utf-8")  # no half surrogates


@given(st.text())
def test_digests_are_of_letters_and_digits_alone(text: str) -> None:
    assert digest(text) == digest(f"  {text}…!")
    assert digest(f"{text}a") != digest(f"{text}b")


def test_digests_keep_vowel_signs_and_not_case_or_width() -> None:
    assert digest("Ｆｕｌｌ width, STRASSE") == digest("full widthstraße")
    assert digest("कि") != digest("का")


@given(st.text())
def test_digests_are_equal_where_unicode_says_that_texts_match_without_case(text: str) -> None:
    """By its definition D146 of a compatibility caseless match, spelt out."""

    def folded(text: str) -> str:
        once = unicodedata.normalize("NFKD", unicodedata.normalize("NFD", text).casefold())
        return unicodedata.normalize("NFKD", once.casefold())

    for other in (text.upper(), text.lower(), text.title(), unicodedata.normalize("NFD", text)):
        if folded(other) == folded(text):
            assert digest(other) == digest(text)


@pytest.mark.parametrize("text", ["ΐ", "ΰ", "σπαθιάτισσαΐ", "ᾧ", "ǰ", "ŉ", "ﬃ", "ᾳ"])
def test_letters_whose_capitals_are_several_characters(text: str) -> None:
    assert digest(text) == digest(text.upper()) == digest(text.title())
