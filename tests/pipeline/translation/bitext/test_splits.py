"""Held-out sentences: the same in all pairs, and never in training."""

import itertools
from pathlib import Path

import pytest
from bitext_files import clean
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.translation.bitext.config import BitextConfig
from pipeline.translation.bitext.job import make_bitext
from pipeline.translation.bitext.pair_rules import digest
from pipeline.translation.bitext.sift import split_of

SPLITS = ("train", "valid", "test")
HALF = BitextConfig(valid_share=0.25, test_share=0.25, min_language_probability=0)
WORDS = ("one", "two", "three", "four", "five", "six")


@given(st.text())
def test_splits_depend_on_the_letters_alone(text: str) -> None:
    assume("ı" not in text)  # the one letter whose capital is another's
    assert split_of(text, HALF) == split_of(f" {text}! ", HALF) == split_of(text.upper(), HALF)


def test_a_dotless_i_is_another_letter() -> None:
    assert digest("ı") == digest("ı!") != digest("i") == digest("I")


def test_shares_are_met() -> None:
    config = BitextConfig(valid_share=0.1, test_share=0.3)
    found = [split_of(f"sentence {number}", config) for number in range(10_000)]
    assert found.count("test") == pytest.approx(3000, abs=150)
    assert found.count("valid") == pytest.approx(1000, abs=100)


def sentences(code: str, count: int = 60) -> list[str]:
    """Different ones; line i of any two languages belong together."""
    return [f"{code} {' '.join(words)}" for words in itertools.permutations(WORDS, 3)][:count]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """English, French and Swahili line by line, and more English and Swahili in columns."""
    english, french, swahili = (sentences(code) for code in ("e", "f", "s"))
    columns = "".join(
        f"{one.upper()}.\t{other}\n"
        for one, other in zip(english[::-1], sentences("z"), strict=True)
    )
    (tmp_path / "en-sw.tsv").write_text(columns)
    for code, lines in (("en", english), ("fr", french), ("sw", swahili)):
        (tmp_path / f"n.{code}").write_text("".join(f"{line}\n" for line in lines))
    return tmp_path


def test_a_sentence_is_in_one_split_in_all_pairs(folder: Path, data: Path) -> None:
    output = folder / "out"
    make_bitext([str(folder / "n.*"), str(folder / "en-sw.tsv")], data, output, HALF)
    texts = {split: set[bytes]() for split in SPLITS}
    lines = {split: list[set[int]]() for split in SPLITS}
    places = {text: i for code in ("e", "f", "s") for i, text in enumerate(sentences(code))}
    for split, pair in itertools.product(SPLITS, ("en-fr", "en-sw", "fr-sw")):
        found = clean(output, split, pair)
        texts[split] |= {digest(text) for both in found for text in both}
        lines[split].append({places[both[1]] for both in found if both[1] in places})
        assert len(found) > 5
    for one, other in itertools.combinations(SPLITS, 2):
        assert not texts[one] & texts[other]
    for split in SPLITS:  # the same lines in every pair
        assert len({frozenset(some) for some in lines[split]}) == 1


def test_held_out_text_is_not_trained_on_whichever_side_it_is_on(folder: Path, data: Path) -> None:
    (folder / "held.fr").write_text(f"{sentences('f')[3].upper()}!\nnot there\n")
    (folder / "test.en-de.tsv").write_text(f"{sentences('e')[5]}\tetwas\n")
    config = BitextConfig(valid_share=0, test_share=0, min_language_probability=0)
    content = make_bitext(
        [str(folder / "n.en"), str(folder / "n.fr")],
        data,
        folder / "out",
        config,
        [str(folder / "held.fr"), str(folder / "test.en-de.tsv")],
    )
    assert content["removed"]["pairs"]["en-fr"]["removed"] == {"in_test": 2}
    kept = clean(folder / "out", "train", "en-fr")
    both = zip(sentences("e"), sentences("f"), strict=True)
    assert kept == [pair for i, pair in enumerate(both) if i not in (3, 5)]
