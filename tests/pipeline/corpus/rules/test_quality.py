import pytest

from pipeline.corpus.cleaning_config import GOPHER_QUALITY, Cleaning
from pipeline.corpus.duplicates.words import tokens
from pipeline.corpus.rules import quality
from pipeline.corpus.rules.quality import quality_fault

LIMITS = Cleaning(**GOPHER_QUALITY)
TEXT = "The harbour master told the committee what he had seen. " * 6  # 60 words


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([TEXT], None),
        (["• " + TEXT], "bullet_lines"),
        ([TEXT, "And then...", "So…"], "ellipsis_lines"),
        (["Only a few words."], "few_words"),
        (["word " * 100_001], "many_words"),
        ([TEXT + "# one " * 10], "symbols"),
        ([TEXT + "one... two… " * 5, "end"], "symbols"),
        (["a b c d " * 20], "short_words"),
        (["Donaudampfschifffahrt " * 60], "long_words"),
        ([TEXT + "1234 5678 " * 10], "not_alphabetic"),
        (["人人生而自由，在尊严和权利上一律平等。" * 7], None),  # 119 letters
        (["人人生而自由，在尊严和权利上一律平等。" * 5], "few_words"),  # 85 letters: 42.5 words
    ],
)
def test_gophers_limits(lines, reason):
    assert quality_fault(lines, LIMITS) == reason
    assert quality_fault(lines, Cleaning()) is None


def test_words():
    assert quality.word_count(tokens("one two, three")) == 3
    assert quality.word_count(tokens("人人生而自由 AI")) == 6 / 2 + 1


def test_symbols_and_alphabetic_words():
    assert quality.symbols("# # a... b… c...") == 3
    assert quality.symbols("# # # a...") == 3
    assert quality.alphabetic_share("a1 22 (c) --") == 0.5
    assert quality.alphabetic_share("") == 0
