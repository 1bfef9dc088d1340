import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sentencepiece
from hypothesis import given
from hypothesis import strategies as st
from prepare_data import SENTENCES, text

from langs.errors import InputError
from pipeline.prepare import tokenizer_training
from pipeline.prepare.config import PrepareConfig

CONFIG = PrepareConfig(vocabulary_size=700)


def sentences() -> list[str]:
    pages = itertools.chain.from_iterable(text(code, 30) for code in SENTENCES)
    return [line for page in pages for line in page.split("\n")]


@pytest.fixture(scope="module")
def model() -> bytes:
    return tokenizer_training.train(CONFIG, sentences())


@pytest.fixture(scope="module")
def processor(model: bytes) -> Iterator[sentencepiece.SentencePieceProcessor]:
    return sentencepiece.SentencePieceProcessor(model_proto=model)


def test_special_ids_are_those_of_t5(processor: sentencepiece.SentencePieceProcessor) -> None:
    assert [processor.pad_id(), processor.eos_id(), processor.unk_id()] == [0, 1, 2]
    assert processor.bos_id() == -1
    assert processor.get_piece_size() == 600
    assert processor.id_to_piece([0, 1, 2]) == ["<pad>", "</s>", "<unk>"]
    assert sum(processor.is_byte(i) for i in range(600)) == 256


@pytest.mark.parametrize("language", SENTENCES)
def test_every_script_comes_back(
    processor: sentencepiece.SentencePieceProcessor, language: str
) -> None:
    sentence = SENTENCES[language]
    ids = processor.encode(sentence)
    assert processor.decode(ids) == sentence
    assert len(ids) < len(sentence)  # learnt pieces, not bytes


@given(
    st.text(alphabet=st.characters(min_codepoint=0x21, exclude_categories=["C", "Z", "Lm", "Sk"]))
)
def test_unknown_characters_become_bytes_and_never_unk(
    processor: sentencepiece.SentencePieceProcessor, text: str
) -> None:
    assert tokenizer_training.UNK not in processor.encode(text)


def test_byte_fallback_round_trip(processor: sentencepiece.SentencePieceProcessor) -> None:
    for word in ("ⵜⴰⵎⴰⵣⵉⵖⵜ", "🦜🌍", "ᏣᎳᎩ", "ꦗꦮ"):
        assert processor.decode(processor.encode(word)) == word
    assert processor.encode("🦜", out_type=str)[1:] == ["<0xF0>", "<0x9F>", "<0xA6>", "<0x9C>"]


def test_text_is_normalised_as_in_t5(processor: sentencepiece.SentencePieceProcessor) -> None:
    assert processor.decode(processor.encode("ﬁve\n\n  Ａ１\t①")) == "five A1 1"


def test_the_same_text_gives_the_same_model(model: bytes) -> None:
    assert tokenizer_training.train(CONFIG, sentences()) == model


def test_dictionary_lists_every_id_and_ends_in_the_sentinels(model: bytes, tmp_path: Path) -> None:
    tokenizer_training.write(tmp_path, model, sentences())
    lines = (tmp_path / "dict.txt").read_text(encoding="utf-8").split("\n")[:-1]
    pieces, counts = zip(*(line.rsplit(" ", 1) for line in lines), strict=True)
    assert len(pieces) == len(set(pieces)) == 700
    assert pieces[:3] == ("<pad>", "</s>", "<unk>")
    assert pieces[600] == "<extra_id_99>"
    assert pieces[699] == "<extra_id_0>"
    processor = sentencepiece.SentencePieceProcessor(model_file=str(tmp_path / "spm.model"))
    assert list(pieces[:600]) == [processor.id_to_piece(i) for i in range(600)]
    assert sum(map(int, counts)) == sum(map(len, processor.encode(sentences())))
    vocabulary = (tmp_path / "spm.vocab").read_text(encoding="utf-8").split("\n")[:-1]
    assert [line.split("\t")[0] for line in vocabulary] == list(pieces[:600])


def largest(config: PrepareConfig, text: list[str]) -> int:
    with pytest.raises(InputError, match="too large for this text: give at most") as refused:
        tokenizer_training.train(config, text)
    return int(re.findall(r"\d+", str(refused.value))[-1])


def test_too_large_a_vocabulary_is_refused_with_the_largest_that_works() -> None:
    text = ["born free and equal"] * 20
    at_most = largest(PrepareConfig(vocabulary_size=9000), text)
    assert tokenizer_training.train(PrepareConfig(vocabulary_size=at_most), text)


def test_too_small_a_vocabulary_is_refused_with_the_smallest_that_works() -> None:
    with pytest.raises(InputError, match=r"too small for the characters .* give at least") as error:
        tokenizer_training.train(PrepareConfig(vocabulary_size=400), sentences())
    at_least = int(re.findall(r"at least (\d+)", str(error.value))[0])
    assert tokenizer_training.train(PrepareConfig(vocabulary_size=at_least), sentences())


def test_no_text_is_refused() -> None:
    with pytest.raises(InputError, match="no text to learn a tokenizer from"):
        tokenizer_training.train(CONFIG, ["", ""])
