import pytest

from langs.identify import identifier
from pipeline.translation.score.off_target import off_target

ANSWERS = {
    "un": ("fr", 0.99),
    "deux": ("fr", 0.70),
    "maybe": ("en", 0.69),  # not sure
    "two": ("en", 0.95),
    "dva": (None, 0.9),  # a language that mC4 does not have
    "": (None, 0.0),
}


def test_shares_worked_out_by_hand() -> None:
    lines = ["un", "un", "deux", "maybe", "two", "two", "dva", ""]
    assert off_target(lines, "fr", ANSWERS.__getitem__) == {
        "off_target": 3 / 8,
        "undecided": 2 / 8,
        "languages": {"fr": 3, "en": 2, "other": 1},
    }


def test_nothing_is_undecided() -> None:
    found = off_target(["", ""], "fr", ANSWERS.__getitem__)
    assert (found["off_target"], found["undecided"], found["languages"]) == (0, 1, {})


def test_with_cld3() -> None:
    lines = [
        "Tous les êtres humains naissent libres et égaux en dignité et en droits.",
        "All human beings are born free and equal in dignity and rights.",
        "Alle Menschen sind frei und gleich an Würde und Rechten geboren.",
    ]
    found = off_target(lines, "fr", identifier())
    assert found["languages"] == {"fr": 1, "en": 1, "de": 1}
    assert found["off_target"] == pytest.approx(2 / 3)
