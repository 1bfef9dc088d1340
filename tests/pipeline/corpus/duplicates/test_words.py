import numpy as np
import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from pipeline.corpus.duplicates.words import runs, tokens

# Token rules in regex's own words, apart from the tables of the module.
_SCRIPTS = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
LETTER = rf"[{_SCRIPTS}&&\p{{L}}][\p{{M}}\u200c]*"
WORD = rf"[[\p{{L}}\p{{Nd}}]--{_SCRIPTS}]"
TOKEN = regex.compile(rf"(?V1){LETTER}|{WORD}(?:{WORD}|[\p{{M}}\u200c])*")


@pytest.mark.parametrize(
    ("text", "lengths", "letters"),
    [
        ("Hello, wörld! don't 42x", [5, 5, 3, 1, 3], 0),
        ("这是。AI模型", [1, 1, 2, 1, 1], 4),
        ("ก่อนที่ AI", [2, 1, 1, 3, 2], 4),
        ("می\u200cخواهم کتاب", [8, 4], 0),
        ("हिन्दी में", [6, 3], 0),
        ("\u0301", [], 0),
        ("", [], 0),
    ],
)
def test_words_and_letters(text, lengths, letters):
    found = tokens(text)
    assert found.lengths.tolist() == lengths
    assert found.letters == letters


@given(st.text("aB é1.,\n-中ไก่ひคдШ\u0301\u200c", max_size=60))
def test_as_a_regular_expression_finds_them(text):
    expected = TOKEN.findall(text.lower())
    found = tokens(text)
    assert found.lengths.tolist() == [len(token) for token in expected]
    assert len(set(found.hashes.tolist())) == len(set(expected))


def test_equal_tokens_have_equal_hashes_wherever_they_stand():
    one, two = tokens("Über den Wolken über"), tokens("x, y: WOLKEN")
    assert one.hashes[0] == one.hashes[3]
    assert one.hashes[2] == two.hashes[2]
    assert len(set(one.hashes.tolist())) == 3


def test_words_that_differ_in_one_letter_differ_however_long():
    long = "a" * 5000
    hashes = tokens(f"{long} {long}a {long[:-1]}b ab ba").hashes
    assert len(set(hashes.tolist())) == 5


def test_runs():
    hashes = tokens("to be or not to be").hashes
    pairs = runs(hashes, 2)
    assert len(pairs) == 5
    assert pairs[0] == pairs[4]
    assert len(set(pairs.tolist())) == 4
    assert runs(hashes, 6).shape == (1,)
    assert runs(hashes, 7).shape == (0,)
    assert runs(tokens("be to").hashes, 2)[0] != runs(tokens("to be").hashes, 2)[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one two three", 5),
        ("这是一个句子 AI", 10),
        ("これは文です", 10),
        ("ก่อนที่ AI", 15),
        ("这是 one two", 5),
        ("", 5),
    ],
)
def test_letters_stand_for_words_where_these_are_not_separated(text, expected):
    assert tokens(text).run_length(5) == expected


def test_hashes_are_spread_over_all_bits():
    hashes = tokens(" ".join(f"w{n}" for n in range(4000))).hashes
    bits = (hashes[:, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)
    assert (abs(bits.mean(axis=0) - 0.5) < 0.05).all()
