from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from langs.errors import InputError
from models.network.architectures import architecture
from models.network.config import TransformerConfig
from models.network.transformer import Transformer
from models.weights import checkpoint
from models.weights.checkpoint import Checkpoint, build
from models.weights.initial_weights import initial_student, upcycle

DENSE = replace(
    architecture("t5_tiny"), vocabulary_size=60, encoder_layers=3, decoder_layers=4, init_scale=1.0
)
KINDS = {
    "relu": DENSE,
    "gated": replace(DENSE, gated=True, separate_output=True),
    "unscaled": replace(DENSE, unscaled_output=True, embedding_std=0.05),
}


def dense_of(config: TransformerConfig) -> Checkpoint:
    model = Transformer(config)
    for name, weight in model.named_parameters():
        if "norm" in name:  # a trained model's norms are not ones
            torch.nn.init.uniform_(weight, 0.3, 2.0)
    return Checkpoint("mine", config, model.state_dict(), "data")


def model_of(checkpoint: Checkpoint) -> Transformer:
    return build(checkpoint.config, checkpoint.weights, "it").eval()


def batch() -> tuple[Tensor, Tensor]:
    source, target = torch.randint(2, 60, (8, 20)), torch.randint(2, 60, (8, 12))
    source[1, 5:] = source[3, 2:] = 0
    target[:, 0] = 0
    return source, target


def logits_of(model: Transformer) -> Tensor:
    return model.logits(model(*batch()).hidden)


@pytest.mark.parametrize(("experts", "sparse_every"), [(2, 1), (5, 3), (8, 2), (64, 1)])
@pytest.mark.parametrize("kind", KINDS)
def test_the_first_logits_are_the_dense_model_s(kind: str, experts: int, sparse_every: int) -> None:
    dense = dense_of(KINDS[kind])
    sparse = model_of(upcycle(dense, experts, sparse_every))
    torch.manual_seed(1)
    expected = logits_of(model_of(dense))
    torch.manual_seed(1)
    torch.testing.assert_close(logits_of(sparse), expected, rtol=1e-5, atol=1e-5)
    torch.manual_seed(1)
    routing = sparse(*batch()).routing
    assert len(routing) == 3 // sparse_every + 4 // sparse_every
    assert all(float(r.dropped) == 0 for r in routing)


def test_all_but_the_feed_forwards_is_the_very_same() -> None:
    dense = dense_of(DENSE)
    sparse = upcycle(dense, 4)
    assert sparse.config == replace(DENSE, experts=4, eval_capacity_factor=None)
    assert sparse.data == "data"
    for name in dense.weights.keys() & sparse.weights.keys():
        assert torch.equal(sparse.weights[name], dense.weights[name])
    changed = {name for name in dense.weights if name not in sparse.weights}
    assert changed == {
        f"{place}.feed_forward.{matrix}.weight"
        for place in ("encoder.layers.1", "decoder.layers.1", "decoder.layers.3")
        for matrix in ("wi", "wo")
    }
    place = "decoder.layers.3.feed_forward"
    for expert in sparse.weights[f"{place}.wi"]:
        assert torch.equal(expert, dense.weights[f"{place}.wi.weight"].t())
    for expert in sparse.weights[f"{place}.wo"]:
        assert torch.equal(expert, 4 * dense.weights[f"{place}.wo.weight"])


def test_routers_learn_and_experts_part_from_the_first_step() -> None:
    model = model_of(upcycle(dense_of(DENSE), 4)).train()
    source, target = batch()
    output = model(source, target)
    wanted = torch.randint(2, 60, target.shape)
    cross_entropy(model.logits(output.hidden).flatten(0, 1), wanted.flatten()).backward()
    for layer in [*model.encoder.layers, *model.decoder.layers]:
        block = layer.feed_forward
        if not hasattr(block, "router"):
            continue
        dense = block.wi.grad.sum(dim=0).norm()
        assert block.router.weight.grad.norm() > 1e-3 * dense
        used = [e for e in range(4) if block.wi.grad[e].norm() > 0]
        assert len(used) > 1
        first, second = used[:2]
        assert not torch.allclose(block.wi.grad[first], block.wi.grad[second])


def test_experts_share_the_tokens_soon() -> None:
    """The routers are so small that few updates by the balance loss set them right."""
    model = model_of(upcycle(dense_of(DENSE), 4)).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for _ in range(30):
        source = torch.randint(2, 60, (32, 20))
        target = source[:, :12].clone()
        target[:, 0] = 0
        output = model(source, target)
        loss = cross_entropy(model.logits(output.hidden).flatten(0, 1), source[:, :12].flatten())
        loss = loss + 0.01 * sum(r.balance_loss for r in output.routing)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert max(float(r.load.max()) for r in output.routing) < 0.6


def test_low_precision_stays_and_the_router_is_exact() -> None:
    dense = dense_of(DENSE)
    low = {name: weight.bfloat16() for name, weight in dense.weights.items()}
    sparse = upcycle(dense._replace(weights=low), 8)
    kinds = {name: weight.dtype for name, weight in sparse.weights.items()}
    assert {kinds[name] for name in kinds if "router" in name} == {torch.float32}
    assert {kinds[name] for name in kinds if "router" not in name} == {torch.bfloat16}
    place = "encoder.layers.1.feed_forward"
    assert torch.equal(sparse.weights[f"{place}.wo"][3] / 8, low[f"{place}.wo.weight"])


@pytest.mark.parametrize(
    ("config", "experts", "sparse_every", "said"),
    [
        (replace(DENSE, experts=3), 4, 2, "has 3 experts already"),
        (DENSE, 1, 2, "experts is 1: give at least 2"),
        (DENSE, 4, 0, "sparse_every is 0: give 1 to 4"),
        (DENSE, 4, 5, "sparse_every is 5: give 1 to 4"),
        (replace(DENSE, d_ff=20), 4, 2, "d_ff 20: with experts give a multiple of 8"),
    ],
)
def test_what_cannot_be(
    config: TransformerConfig, experts: int, sparse_every: int, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        upcycle(Checkpoint("mine", config, {}), experts, sparse_every)


def teacher(**settings: object) -> Checkpoint:
    """A Switch model with weights unlike any that a new model has."""
    config = replace(architecture("switch_tiny"), vocabulary_size=30, experts=2, **settings)
    weights = {name: w + 3.0 for name, w in Transformer(config).state_dict().items()}
    return Checkpoint("switch_tiny", config, weights, "somewhere")


def test_all_but_the_experts_is_copied() -> None:
    taught = teacher()
    student = initial_student(taught, copy=True)
    assert (student.config.experts, student.data) == (0, "somewhere")
    checkpoint.build(student.config, student.weights, "student")
    new = {name for name in student.weights if name not in taught.weights}
    assert new == {
        f"{stack}.layers.1.feed_forward.{matrix}.weight"
        for stack in ("encoder", "decoder")
        for matrix in ("wi", "wo")
    }
    for name in student.weights.keys() - new:
        assert torch.equal(student.weights[name], taught.weights[name])
    for name in new:  # drawn as in any new model: std sqrt(0.1 / fan-in), cut
        wanted = (0.1 / student.weights[name].shape[1]) ** 0.5
        assert 0.75 * wanted < float(student.weights[name].std()) < wanted


def test_new_weights_follow_the_seed() -> None:
    taught = teacher()
    drawn = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        drawn.append(
            initial_student(taught, copy=True).weights["encoder.layers.1.feed_forward.wi.weight"]
        )
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])


@pytest.mark.parametrize(
    "settings",
    [{"attention_experts": True}, {"expert_widths": (16, 24)}, {"separate_output": True}],
)
def test_every_kind_of_teacher_gives_a_dense_model(settings: dict[str, object]) -> None:
    student = initial_student(teacher(**settings), copy=True)
    model = checkpoint.build(student.config, student.weights, "student")
    tokens = torch.tensor([[5, 6, 1]])
    assert model(tokens, tokens).routing == []


def test_weights_of_low_precision_become_float32() -> None:
    taught = teacher()
    low = taught._replace(weights={n: w.bfloat16() for n, w in taught.weights.items()})
    assert {w.dtype for w in initial_student(low, copy=True).weights.values()} == {torch.float32}


def test_without_copying_all_is_new() -> None:
    taught = teacher()
    torch.manual_seed(4)
    student = initial_student(taught, copy=False)
    torch.manual_seed(4)
    new = Transformer(student.config).state_dict()
    assert all(torch.equal(student.weights[name], new[name]) for name in new)
