import pytest

from langs.errors import InputError
from langs.punctuation import ends_in_terminal_punctuation, terminal_punctuation


@pytest.mark.parametrize(
    ("script", "line"),
    [
        ("Latn", "He came."), ("Latn", "Did he come?  "), ("Latn", "“He came!”"),
        ("Latn", "(He came.)"), ("Latn", "He said “no”"), ("Latn", "Est-il venu ? »"),
        ("Cyrl", "Он пришёл."), ("Grek", "Ήρθε;"), ("Arab", "هل جاء؟"), ("Arab", "وہ آیا۔"),
        ("Deva", "वह आया।"), ("Beng", "সে এসেছে।"), ("Armn", "Նա եկավ։"), ("Ethi", "መጣ።"),
        ("Khmr", "គាត់មក។"), ("Mymr", "သူလာတယ်။"), ("Hani", "他来了。"), ("Hani", "他来了吗？」"),
        ("Jpan", "彼は来た。）"), ("Hang", "그가 왔다."), ("Hebr", "הוא בא."), ("Sinh", "ඔහු ආවා."),
    ],
)  # fmt: skip
def test_sentences_end(script: str, line: str) -> None:
    assert ends_in_terminal_punctuation(line, script)


@pytest.mark.parametrize(
    ("script", "line"),
    [
        ("Latn", "Home | About us"), ("Latn", "Contents:"), ("Latn", "and so on;"),
        ("Latn", "Read more..."), ("Latn", "Read more…"), ("Latn", ""), ("Latn", '"'),
        ("Latn", "He came。"), ("Hani", "首页"), ("Arab", "الصفحة الرئيسية"), ("Deva", "मुख्य पृष्ठ"),
    ],
)  # fmt: skip
def test_menus_headings_and_cut_lines_do_not(script: str, line: str) -> None:
    assert not ends_in_terminal_punctuation(line, script)


@pytest.mark.parametrize("script", ["Thai", "Laoo"])
def test_rule_does_not_apply_where_sentences_end_in_a_space(script: str) -> None:
    assert terminal_punctuation(script) == frozenset()
    assert ends_in_terminal_punctuation("ไม่มีจุด", script)


def test_unknown_script_is_an_input_error() -> None:
    with pytest.raises(InputError, match="Xxxx"):
        ends_in_terminal_punctuation("x.", "Xxxx")
