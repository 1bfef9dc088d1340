import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.corpus.cleaning_config import GOPHER_REPETITION, Cleaning
from pipeline.corpus.duplicates.words import tokens
from pipeline.corpus.rules import repetition
from pipeline.corpus.rules.repetition import repetition_fault


def test_lines_after_the_first_are_repeats():
    # 2 of 5 lines; 4 + 4 of 20 characters
    assert repetition.duplicate_line_shares(["aaaa", "aaaa", "bbbb", "cccc", "aaaa"]) == (0.4, 0.4)
    # 1 of 3 lines, 2 of 14 characters
    assert repetition.duplicate_line_shares(["aa", "b" * 10, "aa"]) == (1 / 3, 1 / 7)
    assert repetition.duplicate_line_shares([]) == (0, 0)


def test_the_most_frequent_run():
    # "to be" twice: 8 of the 13 characters of "to be or not to be" without blanks
    assert repetition.top_run_share(tokens("To be, or not to be?"), 2) == 8 / 13
    assert repetition.top_run_share(tokens("to be or not to be"), 3) == 0  # none is there twice
    # "a b" and "long words" are both there twice: the longer one counts, 18 of 22
    assert repetition.top_run_share(tokens("a b long words a b long words"), 2) == 18 / 22
    assert repetition.top_run_share(tokens("one"), 2) == 0


def test_characters_in_repeated_runs_count_once():
    # "c d" and "d e" repeat at the end: c, d and e of ten letters
    assert repetition.duplicate_run_share(tokens("a b c d e f g c d e"), 2) == 0.3
    assert repetition.duplicate_run_share(tokens("a b c d e f g c d e"), 3) == 0.3
    assert repetition.duplicate_run_share(tokens("a b c d e f g c d e"), 4) == 0
    # "x x x x": all pairs but the first are repeats, which leaves out one x
    assert repetition.duplicate_run_share(tokens("x x x x"), 2) == 0.75


@given(st.lists(st.sampled_from(["a", "bb", "ccc"]), max_size=30), st.integers(2, 4))
def test_as_plain_python_counts(words, size):
    found = tokens(" ".join(words))
    every = [tuple(words[i : i + size]) for i in range(len(words) - size + 1)]
    characters = max(sum(map(len, words)), 1)
    counts = Counter(every)
    most = max(counts.values(), default=0)
    longest = max((sum(map(len, r)) for r, n in counts.items() if n == most), default=0)
    assert repetition.top_run_share(found, size) == (most * longest / characters) * (most > 1)
    covered = {p for i, r in enumerate(every) if r in every[:i] for p in range(i, i + size)}
    expected = sum(len(words[place]) for place in covered) / characters
    assert repetition.duplicate_run_share(found, size) == expected


LIMITS = Cleaning(**GOPHER_REPETITION)
PLAIN = [" ".join(random.Random(n).sample([f"w{i}" for i in range(500)], 40)) for n in range(6)]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (PLAIN, None),
        ([*PLAIN, "x", "x", "x", "x", "x", "x"], "duplicate_lines"),
        ([*PLAIN, PLAIN[0], PLAIN[1]], "duplicate_line_characters"),
        ([*PLAIN, " ".join(f"buy now {n}" for n in range(80))], "top_2_gram"),
        ([*PLAIN, f"{PLAIN[0]} x {PLAIN[1]} y"], "duplicate_5_grams"),
        ([], None),
    ],
)
def test_gophers_limits(lines, reason):
    assert repetition_fault(lines, LIMITS) == reason
    assert repetition_fault(lines, Cleaning()) is None


def test_limits_of_longer_runs_count_too():
    # 14 of 100 words are in repeats: Gopher's limits are 0.15 for 5 words, 0.14 for 6, ...
    words = [f"w{n:04d}" for n in range(86)]
    lines = [" ".join([*words, *words[:14]])]
    assert repetition_fault(lines, LIMITS) == "duplicate_7_grams"  # 0.13
    only = Cleaning(max_duplicate_run_shares=[0.15, 0.15, 0.15, 0.15, 0.15, 0.1])
    assert repetition_fault(lines, only) == "duplicate_10_grams"
