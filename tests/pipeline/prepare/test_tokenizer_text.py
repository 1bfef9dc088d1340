from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prepare_data import write_corpus

from pipeline.prepare import tokenizer_text
from pipeline.prepare.config import PrepareConfig


@given(st.text(alphabet="ab 字", max_size=60), st.integers(1, 12))
def test_cut_keeps_all_text_in_parts_that_fit(whole: str, longest: int) -> None:
    parts = list(tokenizer_text.cut(whole, longest))
    assert "".join(parts) == whole
    assert all(len(part) <= longest for part in parts)


def test_cut_at_spaces_where_there_are_any() -> None:
    assert list(tokenizer_text.cut("one two three", 9)) == ["one two", " three"]
    assert list(tokenizer_text.cut("人人生而自由", 4)) == ["人人生而", "自由"]


def test_a_share_of_the_sentences_is_drawn() -> None:
    drawn = [tokenizer_text.is_drawn(1, "en", f"sentence {i}", 0.25) for i in range(4000)]
    assert sum(drawn) == pytest.approx(1000, abs=110)  # four standard deviations
    assert drawn == [tokenizer_text.is_drawn(1, "en", f"sentence {i}", 0.25) for i in range(4000)]
    assert drawn != [tokenizer_text.is_drawn(2, "en", f"sentence {i}", 0.25) for i in range(4000)]
    assert all(tokenizer_text.is_drawn(1, "en", f"{i}", 1.0) for i in range(100))
    assert not any(tokenizer_text.is_drawn(1, "en", f"{i}", 0.0) for i in range(100))


def test_a_larger_share_holds_the_smaller_one() -> None:
    for i in range(500):
        if tokenizer_text.is_drawn(1, "sw", str(i), 0.3):
            assert tokenizer_text.is_drawn(1, "sw", str(i), 0.6)


def test_shares_follow_the_rates_and_small_languages_give_all_they_have() -> None:
    shares = tokenizer_text.shares({"en": 0.6, "sw": 0.4}, {"en": 1200, "sw": 100}, budget=1000)
    assert shares == {"en": 0.5, "sw": 1.0}


def test_the_budget_grows_with_the_vocabulary_unless_it_is_given() -> None:
    assert tokenizer_text.budget(PrepareConfig(vocabulary_size=8000)) == 2_400_000
    assert tokenizer_text.budget(PrepareConfig(vocabulary_size=8000, sample_characters=99)) == 99


def test_drawn_sentences_are_the_lines_of_the_documents_in_order(tmp_path: Path) -> None:
    texts = write_corpus(tmp_path / "corpus", {"ru": 50})["train"]["ru"]
    documents = tmp_path / "corpus/documents/ru/train-00000-of-00001.jsonl.zst"
    lines = [line for text in texts for line in text.split("\n")]
    tokenizer_text.write_drawn(("ru", documents, tmp_path / "all.txt"), seed=1, shares={"ru": 1.0})
    tokenizer_text.write_drawn(("ru", documents, tmp_path / "half.txt"), seed=1, shares={"ru": 0.5})
    assert list(tokenizer_text.read_drawn([tmp_path / "all.txt"])) == lines
    half = list(tokenizer_text.read_drawn([tmp_path / "half.txt"]))
    assert half == [line for line in lines if tokenizer_text.is_drawn(1, "ru", line, 0.5)]
    assert 50 < len(half) < 100
