from dataclasses import replace

import pytest
import torch

from models.network.architectures import architecture
from models.network.transformer import Transformer
from models.weights import checkpoint
from models.weights.checkpoint import Checkpoint
from models.weights.student import initial_student


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
