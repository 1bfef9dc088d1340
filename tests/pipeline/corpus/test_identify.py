import pytest

from langs.registry import LANGUAGES
from pipeline.corpus.identify import CODE_OF_CLD3, identify, language_fault


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Все люди рождаются свободными и равными в своём достоинстве и правах.", "ru"),
        ("כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם.", "iw"),
        ("Alle mennesker er født frie og med samme menneskeverd og rettigheter.", "no"),
        ("sabhi logon ko apne adhikaaron ke liye ladna chahiye aur yah zaroori hai", "hi-Latn"),
    ],
)
def test_codes_are_those_of_mc4(text, code):
    found, probability = identify(text, 10_000)
    assert found == code
    assert 0.7 <= probability <= 1


def test_only_the_first_bytes_count():
    russian = "Все люди рождаются свободными и равными в своём достоинстве и правах. " * 20
    english = "All human beings are born free and equal in dignity and rights. " * 200
    assert identify(russian + english, 1000)[0] == "ru"


def test_every_label_leads_to_a_task():
    assert set(CODE_OF_CLD3.values()) == set(LANGUAGES)


@pytest.mark.parametrize(
    ("code", "probability", "wanted", "fault"),
    [
        ("en", 0.7, [], None),
        ("en", 0.69, [], "low_probability"),
        (None, 0.9, [], "not_in_mc4"),
        ("en", 0.9, ["de"], "not_wanted"),
        ("de", 0.9, ["de"], None),
    ],
)
def test_language_fault(code, probability, wanted, fault):
    assert language_fault(code, probability, 0.7, wanted) == fault
