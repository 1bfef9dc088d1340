from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langs import registry
from models.generation.translation import Instruction, Translation
from models.tokenizer.text_tokenizer import Tokenizer
from pipeline.translation.translate.pieces import Pieces, _middle

ENGLISH, CHINESE = registry.get("en"), registry.get("zh")


@pytest.fixture(scope="module")
def pieces(tagged: Path) -> Pieces:
    tokenizer = Tokenizer.read(tagged.parent / "tokenizer")
    return Pieces(tokenizer, Instruction(tag=(tokenizer.tag("zh"),)), 12, ENGLISH, CHINESE)


def texts(pieces: Pieces, line: str) -> list[str]:
    return [pieces.tokenizer.decode(piece) for piece in pieces.cut(line)]


def test_a_line_that_fits_stays_whole(pieces: Pieces) -> None:
    (piece,) = pieces.cut("born. free")
    assert piece == [pieces.tokenizer.tag("zh"), *pieces.tokenizer.encode("born. free"), 1]


def test_a_longer_one_goes_by_sentences_and_halves(pieces: Pieces) -> None:
    # (the tokenizer has no piece for a full stop)
    assert texts(pieces, "born free. Rechten. free and equal in dignity and rights") == [
        "born free",
        "Rechten",
        "free and equal in",
        "dignity and rights",
    ]


@pytest.mark.parametrize("line", ["", " ", "\t \u3000"])
def test_an_empty_line_has_no_pieces(pieces: Pieces, line: str) -> None:
    assert pieces.cut(line) == []
    assert pieces.joined([]) == [Translation("", 0.0, 0)]


@given(st.data())
def test_a_prefix_never_empties_a_line(pieces: Pieces, data: st.DataObject) -> None:
    """A prefix may join with the line to fewer pieces than both have by themselves."""
    text = "born free and equal in dignity"
    cut = data.draw(st.integers(1, len(text) - 1))
    instruction = Instruction(prefix=text[:cut])
    prefixed = Pieces(pieces.tokenizer, instruction, 12, ENGLISH, CHINESE)
    line = text[cut : data.draw(st.integers(cut + 1, len(text)))]
    assert bool(prefixed.cut(line)) == bool(line.strip())
    assert prefixed.cut(" ") == []


def test_no_letter_is_lost_and_no_piece_too_long(pieces: Pieces) -> None:
    line = "free" * 2000 + " and " * 50
    found = pieces.cut(line)
    assert max(map(len, found)) <= 12 + 2
    assert "".join(texts(pieces, line)).replace(" ", "") == "free" * 2000 + "and" * 50


def test_joined(pieces: Pieces) -> None:
    found = [
        [Translation("一。", -1.0, 3), Translation("壹。", -2.0, 4)],
        [Translation("二\n。", -2.0, 5), Translation("貳。", -5.0, 6)],
    ]
    assert pieces.joined(found) == [
        Translation("一。二 。", -1.5, 8),
        Translation("壹。貳。", -3.5, 10),
    ]
    english = Pieces(pieces.tokenizer, pieces.instruction, 12, CHINESE, ENGLISH)
    assert [t.text for t in english.joined(found)] == ["一。 二 。", "壹。 貳。"]


@pytest.mark.parametrize(
    ("text", "middle"),
    [("ab cd", 2), ("a bcdefgh", 1), ("abcdefg h", 7), ("abcd", 2), (" abc", 2), ("nn\u0303o", 3)],
)
def test_middle(text: str, middle: int) -> None:
    assert _middle(text) == middle


@given(st.text(min_size=2))
def test_neither_side_is_empty(text: str) -> None:
    assert 0 < _middle(text) < len(text)
