"""Translations of text against transformers' generate, on imported models of random weights."""

import math
from dataclasses import replace

import pytest
import tiny_translator
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny_translator import PREFIX, SEEDS, TEXTS, Made

from models.generation.text_model import TextModel, load
from models.generation.translation import Instruction, Search, batches, translate


@pytest.fixture(scope="module", params=SEEDS)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return tiny_translator.write(tmp_path_factory.mktemp(request.param), request.param, ())


@pytest.mark.parametrize("beams", [1, 4])
def test_an_imported_model_writes_what_transformers_writes(made: Made, beams: int) -> None:
    search = Search(beams, length_penalty=0.6, n_best=min(beams, 2), max_length=20)
    model, tokenizer = load(made.checkpoint)
    sources = [Instruction(prefix=PREFIX).source(tokenizer, text) for text in TEXTS]
    found = translate(model, tokenizer, sources, search)
    lengths = set()
    for text, source, translations in zip(TEXTS, sources, found, strict=True):
        read = made.their_tokenizer(PREFIX + text, return_tensors="pt")
        assert read["input_ids"][0].tolist() == source
        expected = made.theirs.generate(
            **read,
            do_sample=False,
            num_beams=beams,
            length_penalty=0.6,
            max_new_tokens=20,
            num_return_sequences=search.n_best,
            return_dict_in_generate=True,
            output_scores=True,
        )
        texts = made.their_tokenizer.batch_decode(expected.sequences, skip_special_tokens=True)
        assert [t.text for t in translations] == texts
        if beams > 1:
            scores = torch.tensor([t.score for t in translations])
            torch.testing.assert_close(scores, expected.sequences_scores, rtol=1e-4, atol=1e-4)
        lengths.update(t.tokens for t in translations)
    assert len(lengths) > 1  # not all of them came to the longest


def test_neighbours_and_budget_change_nothing(tagged: TextModel) -> None:
    model, tokenizer = tagged
    to_german = Instruction(tag=(tokenizer.tag("de"),))
    sources = [to_german.source(tokenizer, text * n) for text in TEXTS for n in (1, 3)]
    search = Search(beams=2, max_length=12)
    together = translate(model, tokenizer, sources, search)
    for budget in (1, 60):
        small = translate(model, tokenizer, sources, replace(search, batch_tokens=budget))
        assert [t[0].text for t in small] == [t[0].text for t in together]
        scores = torch.tensor([t[0].score for t in small])
        torch.testing.assert_close(scores, torch.tensor([t[0].score for t in together]))


@pytest.fixture(scope="module")
def tagged(tmp_path_factory: pytest.TempPathFactory) -> TextModel:
    return load(tiny_translator.write(tmp_path_factory.mktemp("tagged"), "switch").checkpoint)


def test_the_tag_comes_first_and_decides(tagged: TextModel) -> None:
    model, tokenizer = tagged
    sources = [
        Instruction(tag=(tokenizer.tag(code),)).source(tokenizer, TEXTS[0]) for code in ("de", "zh")
    ]
    assert sources[0] == [tokenizer.tag("de"), *tokenizer.encode(TEXTS[0]), 1]
    assert sources[0][1:] == sources[1][1:]
    german, chinese = translate(model, tokenizer, sources, Search())
    assert german[0].score != chinese[0].score


def test_nothing_to_translate(tagged: TextModel) -> None:
    assert translate(*tagged, [], Search()) == []


def test_greedy_has_no_scores(tagged: TextModel) -> None:
    source = Instruction().source(tagged.tokenizer, TEXTS[2])
    assert math.isnan(translate(*tagged, [source], Search(beams=1))[0][0].score)


@given(st.lists(st.integers(1, 300), max_size=60), st.integers(1, 1000))
def test_batches_hold_every_sentence_once_within_the_budget(
    lengths: list[int], budget: int
) -> None:
    search = Search(batch_tokens=budget)
    found = list(batches(lengths, search))
    assert sorted(place for batch in found for place in batch) == list(range(len(lengths)))
    for batch in found:
        widths = [lengths[place] for place in batch]
        assert len(batch) == 1 or len(batch) * max(widths) <= budget
        assert len({search.longest(width) for width in widths}) == 1


def test_longest_by_hand() -> None:
    assert [Search().longest(n) for n in (1, 7, 8, 100)] == [64, 64, 128, 256]
    assert Search(max_length=9).longest(100) == 9
