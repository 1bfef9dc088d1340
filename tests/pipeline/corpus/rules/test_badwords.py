import re
from importlib import resources

import pytest

from pipeline.corpus.rules.badwords import has_bad_word


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("A word like ANUS counts.", "en", True),  # letters of any case
        ("Uranus does not.", "en", False),  # whole words only
        ("anus", "en", True),  # at both ends of the text
        ("anus_2", "en", False),
        ("a 2 girls 1 cup b", "en", True),  # entries of several words
        ("anus", "sw", False),  # no list, no rule
        ("他乳房大", "zh", True),  # Chinese: anywhere
        ("有可能性。", "zh", False),  # part of ordinary words: allowed
        ("balatkar", "hi-Latn", True),  # goes by the list of hi
    ],
)
def test_bad_words(text, language, expected):
    assert has_bad_word(text, language) is expected


@pytest.mark.parametrize("language", ["en", "fr", "ru", "ja", "ar", "ko"])
def test_every_entry_is_found_as_in_tfds(language):
    """The pattern of TFDS `get_badwords_filter_fn` (with entries escaped) is the reference."""
    file = resources.files("pipeline.corpus.rules").joinpath("badwords", f"{language}.txt")
    entries = [line.strip().lower() for line in file.read_text("utf-8").splitlines()]
    pattern = re.compile(r"(?:\W|^)({})(?:\W|$)".format("|".join(map(re.escape, entries))))
    for entry in entries:
        for text in (entry, f"x {entry}, y", f"q{entry}", f"{entry}7"):
            assert has_bad_word(text, language) == bool(pattern.search(text.lower())), text
