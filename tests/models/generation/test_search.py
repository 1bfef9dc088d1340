"""Our search against transformers' generate, on converted models of random weights."""

import copy
from dataclasses import replace
from typing import Any, NamedTuple

import pytest
import torch
from families import FAMILIES, VOCABULARY, make
from torch import Tensor
from transformers import PreTrainedModel

from models.generation.incremental import inference
from models.generation.search import Rules, beam_search, greedy
from models.huggingface import model_folder
from models.layers.experts.router import Router
from models.network.config import TransformerConfig
from models.network.transformer import Transformer
from models.weights.checkpoint import build

NO_TOKEN = VOCABULARY
SPARSE = TransformerConfig(VOCABULARY, 16, 24, 8, 3, 2, 2, experts=3)


class Pair(NamedTuple):
    """Theirs and ours, of the same weights, and the token that ends sentences."""

    theirs: PreTrainedModel
    ours: Transformer
    eos: int


@pytest.fixture(scope="module", params=FAMILIES)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    torch.manual_seed(3)
    path = tmp_path_factory.mktemp(request.param)
    theirs = make(request.param)
    with torch.no_grad():
        theirs.shared.weight *= 0.3  # else a model of random weights says one word for ever
    theirs.save_pretrained(path)
    made = model_folder.read(path)
    ours = build(made.config, made.weights, str(path)).eval()
    return Pair(theirs, ours, sometimes_written(ours))


def sometimes_written(model: Transformer) -> int:
    """The token whose first places in sentences differ most: as eos it ends them anywhere."""
    rows = greedy(model, sources(99, sentences=40), Rules(NO_TOKEN, 12)).tolist()
    first = {t: {row.index(t) for row in rows if t in row} for t in range(1, VOCABULARY)}
    eos = max(first, key=lambda token: len(first[token]))
    assert len(first[eos]) >= 4
    return eos


def sources(seed: int, sentences: int = 6) -> Tensor:
    """[sentences, 11], right-padded, each of a length of its own."""
    torch.manual_seed(seed)
    source = torch.randint(2, VOCABULARY, (sentences, 11))
    for row, length in enumerate(torch.randint(1, 12, (sentences,)).tolist()):
        source[row, length:] = 0
    return source


def theirs_of(model: PreTrainedModel, source: Tensor, rules: Rules, **options: object) -> Any:
    return model.generate(
        input_ids=source,
        attention_mask=(source != 0).long(),
        do_sample=False,
        num_beams=rules.beams,
        max_new_tokens=rules.max_length,
        min_new_tokens=rules.min_length,
        eos_token_id=rules.eos,
        pad_token_id=0,
        return_dict_in_generate=True,
        output_scores=True,
        use_cache=False,  # transformers 5.23's has no room for a decoder deeper than the encoder
        **options,
    )


def texts(tokens: Tensor, eos: int) -> list[list[int]]:
    """Rows up to eos; behind it theirs pads with this and that."""
    return [row[: row.index(eos) + 1] if eos in row else row for row in tokens.tolist()]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("min_length", [0, 5])
def test_greedy_equals_transformers(pair: Pair, seed: int, min_length: int) -> None:
    source, rules = sources(seed), Rules(pair.eos, max_length=12, min_length=min_length)
    expected = theirs_of(pair.theirs, source, rules).sequences[:, 1:]
    found = greedy(pair.ours, source, rules)
    assert texts(found, pair.eos) == texts(expected, pair.eos)
    behind = (found == pair.eos).cumsum(1).cumsum(1) > 1
    assert not found[behind].any()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize(("penalty", "min_length"), [(1.0, 0), (0.0, 4), (2.5, 0), (-1.0, 0)])
def test_beam_search_equals_transformers(
    pair: Pair, seed: int, early_stopping: bool, penalty: float, min_length: int
) -> None:
    source = sources(seed)
    rules = Rules(pair.eos, 10, min_length, 4, penalty, early_stopping, hypotheses=3)
    expected = theirs_of(
        pair.theirs,
        source,
        rules,
        num_return_sequences=3,
        length_penalty=penalty,
        early_stopping=early_stopping,
    )
    found = beam_search(pair.ours, source, rules)
    assert texts(found.tokens.flatten(0, 1), pair.eos) == texts(expected.sequences[:, 1:], pair.eos)
    torch.testing.assert_close(
        found.scores.flatten(), expected.sequences_scores, rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("size", [1, 2, 3])
def test_no_repeats_as_transformers(pair: Pair, size: int) -> None:
    source = sources(3)
    rules = Rules(pair.eos, max_length=14, no_repeat_ngram=size)
    expected = theirs_of(pair.theirs, source, rules, no_repeat_ngram_size=size).sequences[:, 1:]
    written = texts(greedy(pair.ours, source, rules), pair.eos)
    assert written == texts(expected, pair.eos)
    for row in written:
        ngrams = list(zip(*(row[start:] for start in range(size)), strict=False))
        assert len(set(ngrams)) == len(ngrams)
    rules = Rules(pair.eos, 14, beams=4, no_repeat_ngram=size)
    expected = theirs_of(pair.theirs, source, rules, no_repeat_ngram_size=size).sequences[:, 1:]
    assert texts(beam_search(pair.ours, source, rules).tokens[:, 0], pair.eos) == texts(
        expected, pair.eos
    )


@pytest.mark.parametrize("beams", [1, 4])
def test_neighbours_change_nothing(pair: Pair, beams: int) -> None:
    rules, source = Rules(pair.eos, 12, beams=beams), sources(5, sentences=9)
    together = beam_search(pair.ours, source, rules)
    for row, length in enumerate((source != 0).sum(1).tolist()):
        alone = beam_search(pair.ours, source[row : row + 1, :length], rules)
        found = together.tokens[row, 0, : alone.tokens.shape[2]]
        assert texts(found[None], pair.eos) == texts(alone.tokens[0], pair.eos)
        torch.testing.assert_close(together.scores[row], alone.scores[0], rtol=1e-5, atol=1e-5)


def test_one_beam_is_greedy(pair: Pair) -> None:
    rules, source = Rules(pair.eos, 12), sources(7)
    assert torch.equal(
        beam_search(pair.ours, source, rules).tokens[:, 0], greedy(pair.ours, source, rules)
    )


def test_scores_are_the_models_own(pair: Pair) -> None:
    source, rules = sources(8), Rules(pair.eos, 12, beams=3, length_penalty=0.7, hypotheses=2)
    found = beam_search(pair.ours, source, rules)
    for n in range(2):
        tokens = found.tokens[:, n]
        started = torch.nn.functional.pad(tokens, (1, 0))[:, :-1]
        real = (tokens == pair.eos).cumsum(1).cumsum(1) <= 1
        with inference(pair.ours):
            memory = pair.ours.encode(source).hidden
            hidden = pair.ours.decode(started, memory, source != 0, target_real=real).hidden
            log_p = pair.ours.logits(hidden).log_softmax(-1)
        total = (log_p.gather(2, tokens[:, :, None])[:, :, 0] * real).sum(1)
        torch.testing.assert_close(found.scores[:, n], total / real.sum(1) ** 0.7)


def test_bfloat16(pair: Pair) -> None:
    # close weights give close scores; what is written may differ
    half = copy.deepcopy(pair.ours).bfloat16()
    rules = Rules(pair.eos, 12, beams=4)
    found = beam_search(half, sources(4), rules)
    wanted = beam_search(pair.ours, sources(4), rules)
    assert found.scores.dtype == torch.float32
    torch.testing.assert_close(found.scores, wanted.scores, rtol=0.1, atol=0.2)


def test_no_token_is_dropped_and_the_model_is_left_as_it_was() -> None:
    config = replace(SPARSE, eval_capacity_factor=0.5)
    model = Transformer(config).train()
    routers = [module for module in model.modules() if isinstance(module, Router)]
    with inference(model):
        assert not model.training
        assert not torch.is_grad_enabled()
        output = model(sources(0, 40), sources(1, 40))
        assert all(float(routing.dropped) == 0 for routing in output.routing)
    assert model.training
    assert [router.eval_capacity_factor for router in routers] == [0.5] * 2
    assert not any(router.serving for router in routers)
    model.eval()
    assert any(float(r.dropped) > 0 for r in model(sources(0, 40), sources(1, 40)).routing)


@pytest.mark.parametrize(
    "rules",
    [{"max_length": 0}, {"max_length": 3, "hypotheses": 2}, {"max_length": 3, "hypotheses": 0}],
)
def test_rules_that_cannot_be(rules: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="no search"):
        Rules(1, **rules)


def test_more_beams_than_tokens() -> None:
    with pytest.raises(ValueError, match="26 beams"):
        beam_search(Transformer(SPARSE), sources(0), Rules(1, 5, beams=26))
