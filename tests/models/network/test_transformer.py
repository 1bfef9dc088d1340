import math
from dataclasses import replace

import pytest
import torch
from transformers import (
    SwitchTransformersConfig,
    SwitchTransformersForConditionalGeneration,
    T5Config,
    T5ForConditionalGeneration,
)

from models.huggingface.tensor_names import COPIES, OUTPUT, to_hugging_face
from models.layers.experts.router import Router
from models.layers.experts.switch_layer import SwitchFeedForward
from models.network.config import TransformerConfig
from models.network.transformer import Transformer

DENSE = TransformerConfig(
    vocabulary_size=50,
    d_model=16,
    d_ff=24,
    d_kv=8,
    heads=3,
    encoder_layers=3,
    decoder_layers=4,
    jitter=0.0,
    init_scale=1.0,
)
SPARSE = replace(DENSE, experts=3, capacity_factor=None, eval_capacity_factor=None)
GATED = replace(DENSE, gated=True, separate_output=True)
SHAPE = {
    "vocab_size": 50,
    "d_model": 16,
    "d_ff": 24,
    "d_kv": 8,
    "num_heads": 3,
    "num_layers": 3,
    "num_decoder_layers": 4,
    "dropout_rate": 0.0,
    "decoder_start_token_id": 0,
}


def model_of(config: TransformerConfig) -> Transformer:
    """Evaluation mode; weights far enough from zero for every part to matter."""
    model = Transformer(config).eval()
    for name, weight in model.named_parameters():
        if "norm" in name:
            torch.nn.init.uniform_(weight, 0.5, 1.5)
        elif "router" in name or "positions" in name:
            torch.nn.init.normal_(weight, std=0.5)
    return model


def batch() -> tuple[torch.Tensor, torch.Tensor]:
    """Sources [4, 9] with right padding, decoder inputs [4, 7] that start with pad."""
    source, target = torch.randint(2, 50, (4, 9)), torch.randint(2, 50, (4, 7))
    source[1, 5:] = source[3, 2:] = 0
    target[:, 0] = 0
    return source, target


def logits_of(model: Transformer, source: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return model.logits(model(source, target).hidden)


def copy_to(theirs: torch.nn.Module, ours: Transformer) -> None:
    """Give a transformers model our weights; every one of its tensors must be filled."""
    copies = COPIES if ours.config.separate_output else (*COPIES, OUTPUT)
    theirs.load_state_dict(dict(to_hugging_face(ours.config, ours.state_dict(), copies)))
    theirs.eval()


def assert_same_logits(ours: Transformer, theirs: torch.nn.Module) -> None:
    source, target = batch()
    with torch.no_grad():
        expected = theirs(
            input_ids=source, attention_mask=(source != 0).long(), decoder_input_ids=target
        ).logits
        found = logits_of(ours, source, target)
    assert expected.abs().max() > 0.1
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


def test_equals_t5_v1_0() -> None:
    ours, theirs = model_of(DENSE), T5ForConditionalGeneration(T5Config(**SHAPE))
    copy_to(theirs, ours)
    assert_same_logits(ours, theirs)


def test_equals_t5_with_other_position_buckets() -> None:
    config = T5Config(**SHAPE, relative_attention_num_buckets=8, relative_attention_max_distance=6)
    theirs = T5ForConditionalGeneration(config)
    ours = model_of(replace(DENSE, position_buckets=8, position_max_distance=6))
    copy_to(theirs, ours)
    assert_same_logits(ours, theirs)


def test_equals_t5_v1_1() -> None:
    config = T5Config(**SHAPE, feed_forward_proj="gated-gelu", tie_word_embeddings=False)
    ours, theirs = model_of(GATED), T5ForConditionalGeneration(config)
    # transformers 5 ties a new v1.1 model all the same (it only leaves out the scale), which
    # v1.1 itself does not: give its output an embedding of its own.
    theirs.lm_head.weight = torch.nn.Parameter(theirs.lm_head.weight.clone())
    copy_to(theirs, ours)
    assert_same_logits(ours, theirs)


@pytest.mark.parametrize("sparse_every", [1, 2])
def test_equals_switch_transformers(sparse_every: int) -> None:
    # Theirs counts capacity by sequence and lets padding take places: room for every token makes
    # the two comparable. A step of 3 or more means other layers there (the 2nd, 5th, ...).
    config = SwitchTransformersConfig(**SHAPE, num_experts=3, expert_capacity=1000)
    config.encoder_sparse_step = config.decoder_sparse_step = sparse_every
    theirs = SwitchTransformersForConditionalGeneration(config)
    ours = model_of(replace(SPARSE, sparse_every=sparse_every))
    copy_to(theirs, ours)
    assert_same_logits(ours, theirs)


@pytest.mark.parametrize(
    "config",
    [DENSE, GATED, SPARSE, replace(SPARSE, top_k=2), replace(SPARSE, attention_experts=True)],
    ids=["dense", "gated", "sparse", "moe", "attention experts"],
)
@pytest.mark.parametrize("steps", [(1,) * 7, (3, 1, 2, 1)])
def test_incremental_decoding_equals_full_decoding(
    config: TransformerConfig, steps: tuple[int, ...]
) -> None:
    model, (source, target) = model_of(config), batch()
    full = logits_of(model, source, target)
    memory, caches, start = model.encode(source).hidden, model.new_caches(), 0
    for step in steps:
        new = target[:, start : start + step]
        decoded = model.decode(new, memory, source != 0, caches)
        found = model.logits(decoded.hidden)
        torch.testing.assert_close(found, full[:, start : start + step], rtol=1e-4, atol=1e-5)
        start += step


def pad(tokens: torch.Tensor, more: int) -> torch.Tensor:
    return torch.nn.functional.pad(tokens, (0, more))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"eval_capacity_factor": 0.5},
        {"eval_capacity_factor": 1.0, "top_k": 2},
        {"eval_capacity_factor": 0.7, "reroute_rounds": 2},
        {"eval_capacity_factor": 0.7, "attention_experts": True},
        {"eval_capacity_factor": 0.7, "expert_widths": (8, 24, 40)},
    ],
    ids=str,
)
def test_padding_changes_nothing(changes: dict) -> None:
    model = model_of(replace(SPARSE, init_scale=0.1, **changes))
    source, target = torch.randint(2, 50, (4, 9)), torch.randint(2, 50, (4, 7))
    target[:, 0] = 0
    alone, padded = model(source, target), model(pad(source, 6), pad(target, 5))
    torch.testing.assert_close(padded.hidden[:, :7], alone.hidden, rtol=1e-6, atol=1e-6)
    for found, wanted in zip(padded.routing, alone.routing, strict=True):
        for value, wanted_value in zip(found, wanted, strict=True):
            torch.testing.assert_close(value, wanted_value, rtol=1e-6, atol=1e-6)


def test_decoder_does_not_look_ahead() -> None:
    model, (source, target) = model_of(SPARSE), batch()
    changed = target.clone()
    changed[:, 4] = changed[:, 4] % 48 + 2
    found, expected = logits_of(model, source, changed), logits_of(model, source, target)
    torch.testing.assert_close(found[:, :4], expected[:, :4])
    assert not torch.allclose(found[:, 4:], expected[:, 4:])


def test_every_second_feed_forward_is_sparse() -> None:
    model = Transformer(SPARSE)
    for stack in (model.encoder, model.decoder):
        for i, layer in enumerate(stack.layers):
            assert isinstance(layer.feed_forward, SwitchFeedForward) == (i % 2 == 1)
    routing = model(*batch()).routing
    assert len(routing) == 1 + 2  # 3 encoder and 4 decoder layers
    assert len(Transformer(DENSE)(*batch()).routing) == 0


def test_dense_and_sparse_differ_by_the_feed_forward_alone() -> None:
    dense, sparse = Transformer(DENSE), Transformer(SPARSE)
    shapes = [{n: w.shape for n, w in m.state_dict().items()} for m in (dense, sparse)]
    common = {n for n in shapes[0] if "feed_forward." not in n}
    assert common == {n for n in shapes[1] if "feed_forward." not in n}
    assert all(shapes[0][name] == shapes[1][name] for name in common)


def test_numerical_gradient_of_the_whole_model() -> None:
    # float32 allows a loose check only: the slope along the gradient.
    torch.manual_seed(1)  # a draw in which no token changes its expert on the way
    model, (source, target) = model_of(SPARSE), batch()

    def loss() -> torch.Tensor:
        output = model(source, target)
        auxiliary = sum(r.balance_loss + r.z_loss for r in output.routing)
        return model.logits(output.hidden).logsumexp(-1).mean() + auxiliary

    weights = list(model.parameters())
    gradients = torch.autograd.grad(loss(), weights)
    norm = math.sqrt(sum(float(g.square().sum()) for g in gradients))
    step = 2e-3 / norm
    values = []
    with torch.no_grad():
        for sign in (1, -2):
            for weight, gradient in zip(weights, gradients, strict=True):
                weight += sign * step * gradient
            values.append(float(loss()))
    assert (values[0] - values[1]) / (2 * step * norm**2) == pytest.approx(1, rel=0.02)


def test_initialisation_by_hand() -> None:
    config = replace(SPARSE, d_model=128, d_ff=256, vocabulary_size=500, init_scale=0.1)
    model = Transformer(replace(config, separate_output=True, embedding_std=0.7))
    std = {name: float(w.detach().std()) for name, w in model.named_parameters()}
    assert std["embedding.weight"] == pytest.approx(0.7, rel=0.03)
    assert std["output.weight"] == pytest.approx(128**-0.5, rel=0.03)
    assert std["encoder.layers.0.attention.k.weight"] == pytest.approx((0.1 / 128) ** 0.5, rel=0.1)
    cut = 0.8796  # of a normal cut at two standard deviations
    wi = std["encoder.layers.1.feed_forward.wi"]
    assert wi == pytest.approx(cut * (0.1 / 128) ** 0.5, rel=0.05)
    assert std["encoder.positions.weight"] == pytest.approx((0.1 / 128) ** 0.5, rel=0.3)
    assert all(
        torch.equal(layer.attention_norm.weight, torch.ones(128)) for layer in model.encoder.layers
    )


def test_dropout_only_in_training() -> None:
    model, (source, target) = Transformer(replace(SPARSE, dropout=0.3)), batch()
    assert not torch.equal(logits_of(model, source, target), logits_of(model, source, target))
    model.eval()
    assert torch.equal(logits_of(model, source, target), logits_of(model, source, target))


def test_output_scales() -> None:
    hidden = torch.randn(2, 3, 16)
    tied, unscaled = Transformer(DENSE), Transformer(replace(DENSE, unscaled_output=True))
    unscaled.load_state_dict(tied.state_dict())
    torch.testing.assert_close(tied.logits(hidden), (hidden / 4) @ tied.embedding.weight.T)
    torch.testing.assert_close(unscaled.logits(hidden), hidden @ tied.embedding.weight.T)
    separate = Transformer(GATED)
    torch.testing.assert_close(separate.logits(hidden), separate.output(hidden))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"top_k": 2},
        {"capacity_factor": 0.7, "reroute_rounds": 1},
        {"expert_widths": (8, 24, 40)},
        {"attention_experts": True},
    ],
    ids=["switch", "moe", "rerouted", "unequal", "attention experts"],
)
def test_gradients_equal_numerical_differences(changes: dict) -> None:
    # One direction for each parameter. float32 (grouped products know no float64), so the step is
    # large and the bound loose; gated GELU, as ReLU has kinks. Where the step moves a token to
    # another expert nothing is compared: a choice has no gradient.
    config = replace(SPARSE, gated=True, **changes)
    model, (source, target), chosen = model_of(config).train(), batch(), []
    for module in model.modules():
        if isinstance(module, Router):
            module.register_forward_hook(lambda _, args, out: chosen.extend(out.expert.tolist()))

    def loss() -> torch.Tensor:
        chosen.clear()
        output = model(source, target)
        nll = torch.nn.functional.cross_entropy(
            model.logits(output.hidden).flatten(0, 1).double(), target.flatten(), ignore_index=0
        )
        return nll + sum(0.1 * r.balance_loss + 0.01 * r.z_loss for r in output.routing)

    loss().backward()
    before, compared = chosen.copy(), 0
    for name, weight in model.named_parameters():
        direction = torch.randn_like(weight)
        direction *= 0.003 * weight.detach().norm() / direction.norm()
        exact, kept, values = float((weight.grad * direction).sum()), weight.detach().clone(), []
        for sign in (1, -1):
            with torch.no_grad():
                weight.copy_(kept + sign * direction)
                values.append(float(loss()))
                weight.copy_(kept)
            if chosen != before:
                break
        else:
            compared += 1
            assert (values[0] - values[1]) / 2 == pytest.approx(exact, rel=0.03, abs=5e-6), name
    assert compared > 0.6 * len(list(model.parameters()))
