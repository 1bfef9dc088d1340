import sys
import unicodedata

import pytest
import regex

from langs.errors import InputError
from langs.punctuation import (
    TERMINAL_PUNCTUATION,
    ends_in_terminal_punctuation,
    terminal_punctuation,
)
from langs.registry import LANGUAGES

EVERY_CHARACTER = [
    each for each in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(each) != "Cn"
]
FORMAT_CHARACTERS = [each for each in EVERY_CHARACTER if unicodedata.category(each) == "Cf"]


@pytest.mark.parametrize(
    ("script", "line"),
    [
        ("Latn", "He came."), ("Latn", "Did he come?  "), ("Latn", "“He came!”"),
        ("Latn", "(He came.)"), ("Latn", "He said “no”"), ("Latn", "Est-il venu ? »"),
        ("Cyrl", "Он пришёл."), ("Grek", "Ήρθε;"), ("Arab", "هل جاء؟"), ("Arab", "وہ آیا۔"),
        ("Deva", "वह आया।"), ("Beng", "সে এসেছে।"), ("Armn", "Նա եկավ։"), ("Ethi", "መጣ።"),
        ("Khmr", "គាត់មក។"), ("Mymr", "သူလာတယ်။"), ("Hani", "他来了。"), ("Hani", "他来了吗？」"),
        ("Jpan", "彼は来た。）"), ("Hang", "그가 왔다."), ("Hebr", "הוא בא."), ("Sinh", "ඔහු ආවා."),
        ("Hebr", "ויהי אור׃"), ("Beng", "সে এসেছে৷"), ("Geor", "იგი მოვიდა჻"),
        ("Khmr", "គាត់មក៚"), ("Latn", "He came?!"), ("Latn", "He came⁉\ufe0f"),
        ("Hani", "他来了﹒"), ("Jpan", "彼は来た︒﹂"), ("Jpan", "「彼は来た｡｣"),
        ("Hani", "（他来了。）〕"), ("Hani", "他来了。〗"), ("Hani", "他来了．』"),
        ("Jpan", "彼は「はい｣"), ("Latn", "He came.[a]"), ("Latn", "He came.[note 3][4]"),
        ("Latn", "Il vint.[réf. nécessaire]"), ("Hani", "他来了。[來源請求]"),
        ("Latn", "He came.¹²"), ("Latn", "“He came...”"), ("Arab", "\u202bهل جاء؟\u202c"),
    ],
)  # fmt: skip
def test_sentences_end(script: str, line: str) -> None:
    assert ends_in_terminal_punctuation(line, script)


@pytest.mark.parametrize(
    ("script", "line"),
    [
        ("Latn", "Home | About us"), ("Latn", "Contents:"), ("Latn", "and so on;"),
        ("Latn", "Read more..."), ("Latn", "Read more…"), ("Latn", ""), ("Latn", '"'),
        ("Latn", "Read more...\u200e"), ("Latn", "cut here [...]"), ("Latn", "cut here.[…]"),
        ("Latn", "see the [map]"), ("Latn", "\u200b\ufeff"), ("Latn", "He came\u2069"),
        ("Mymr", "သူလာတယ်၊"), ("Arab", "۔۔۔ مزید پڑھیں۔۔۔"), ("Jpan", "続きを読む。。。"),
        ("Latn", "He came。"), ("Hani", "首页"), ("Arab", "الصفحة الرئيسية"), ("Deva", "मुख्य पृष्ठ"),
    ],
)  # fmt: skip
def test_menus_headings_and_cut_lines_do_not(script: str, line: str) -> None:
    assert not ends_in_terminal_punctuation(line, script)


@pytest.mark.parametrize("script", ["Thai", "Laoo"])
def test_rule_does_not_apply_where_sentences_end_in_a_space(script: str) -> None:
    assert terminal_punctuation(script) == frozenset()
    assert ends_in_terminal_punctuation("ไม่มีจุด", script)


def test_no_character_of_category_cf_hides_an_end() -> None:
    assert len(FORMAT_CHARACTERS) > 150
    for each in FORMAT_CHARACTERS:
        assert ends_in_terminal_punctuation(f"He came.{each}", "Latn"), hex(ord(each))
        assert ends_in_terminal_punctuation(f"“He came{each}.{each}”{each}", "Latn")
        assert not ends_in_terminal_punctuation(f"Home{each}", "Latn"), hex(ord(each))
    assert ends_in_terminal_punctuation(f"He came.{''.join(FORMAT_CHARACTERS) * 99}", "Latn")


def test_every_closing_bracket_and_quotation_mark_may_follow_the_end() -> None:
    closing = regex.compile(r"[\p{Pe}\p{Pf}]|(?=\p{QMark})\P{Ps}")
    for each in filter(closing.match, EVERY_CHARACTER):
        if each not in "‚„⹂":  # which open
            assert ends_in_terminal_punctuation(f"他来了。{each}", "Hani"), hex(ord(each))


def test_sentence_ends_of_unicode_in_every_script_of_the_registry() -> None:
    scripts = {language.script for language in LANGUAGES.values()}
    assert set(TERMINAL_PUNCTUATION) >= scripts
    for script in scripts - {"Laoo", "Thai"}:
        blocks = {"Jpan": "Hira", "Hang": "Hang"}.get(script, script)
        ends = regex.compile(rf"(?=\p{{STerm}})\p{{scx={blocks}}}")
        for each in filter(ends.match, EVERY_CHARACTER):
            assert each in TERMINAL_PUNCTUATION[script] or each == "၊", (script, each)


def test_unknown_script_is_an_input_error() -> None:
    with pytest.raises(InputError, match="Xxxx"):
        ends_in_terminal_punctuation("x.", "Xxxx")
