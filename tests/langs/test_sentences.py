import pytest
from hypothesis import given
from hypothesis import strategies as st

from langs import registry
from langs.sentences import split


@pytest.mark.parametrize(
    ("code", "text", "sentences"),
    [
        ("en", "Mr. Smith paid $3.50. “Why?” he asked. J. R. Doe left.", 3),
        ("de", "Am 3. Oktober kam Dr. Müller z.B. nach Bonn. Gut!", 2),
        ("zh", "今天天气很好。我们去公园吧！好吗？", 3),
        ("ja", "今日は晴れです。はい！", 2),
        ("hi", "यह एक वाक्य है। दूसरा वाक्य।", 2),
        ("my", "မင်္ဂလာပါ။နေကောင်းလား။", 2),
        ("am", "ሰላም። እንዴት ነህ?", 2),
        ("iw", "שלום. מה שלומך?", 2),
        ("ar", "مرحبا. كيف حالك؟", 2),
        ("th", "วันนี้อากาศดี เราไปสวนกัน", 1),  # only spaces: as good as one
        ("ru-Latn", "Privet. Kak dela?", 2),
    ],
)
def test_by_hand(code: str, text: str, sentences: int) -> None:
    found = split(text, registry.get(code))
    assert len(found) == sentences
    assert "".join(found) == text


@given(st.text(), st.sampled_from([None, *registry.LANGUAGES.values()]))
def test_nothing_is_lost(text: str, language: registry.Language | None) -> None:
    assert "".join(split(text, language)) == text
