from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import tiny_data
import torch
from torch.nn.functional import cross_entropy

from langs.errors import InputError
from models.data.dictionary import SentinelDictionary
from models.data.packed_dataset import Example, TrainingDataset
from models.network.architectures import architecture
from models.network.transformer import Transformer
from models.plugin.distillation_loss import Distillation
from models.plugin.model import SwitchTransformer
from models.plugin.switch_cross_entropy import SwitchCrossEntropy
from models.weights import checkpoint
from models.weights.checkpoint import Checkpoint
from models.weights.initial_weights import student_config

SHAPE = replace(
    architecture("switch_tiny"), vocabulary_size=tiny_data.VOCABULARY, experts=4, init_scale=1.0
)


@pytest.fixture
def taught(prepared_folder: Path, tmp_path: Path) -> Path:
    """A teacher that drops most tokens unless it is served droplessly, and has dropout."""
    config = replace(SHAPE, eval_capacity_factor=0.1, capacity_factor=0.1, dropout=0.5)
    weights = Transformer(config).state_dict()
    path = tmp_path / "teacher.pt"
    checkpoint.write(path, Checkpoint("switch_tiny", config, weights, str(prepared_folder)))
    return path


@pytest.fixture
def task(prepared_folder: Path) -> SimpleNamespace:
    dictionary = SentinelDictionary.read(prepared_folder / "tokenizer" / "dict.txt")
    return SimpleNamespace(source_dictionary=dictionary, data_order={"seed": 1})


def sample() -> dict[str, Any]:
    """Two sequences, the second shorter: real tokens and padding."""
    rng = torch.Generator().manual_seed(3)
    rows = [
        Example(
            *(torch.randint(5, 50, (n,), generator=rng).numpy() for n in lengths), 0, number=number
        )
        for number, lengths in enumerate([(20, 6), (12, 4)])
    ]
    return TrainingDataset.collater(SimpleNamespace(), rows)


def network() -> SwitchTransformer:
    torch.manual_seed(7)
    return SwitchTransformer(student_config(SHAPE))


def criterion(task: SimpleNamespace, teacher: Path | str, share: float = 0.25) -> Distillation:
    return Distillation(task, 0.01, 0.001, str(teacher), "", share)


def test_loss_by_hand(task: SimpleNamespace, taught: Path) -> None:
    student, batch = network(), sample()
    loss, tokens, log = criterion(task, taught)(student, batch)

    teacher = checkpoint.load_transformer(taught)
    free = Transformer(replace(teacher.config, eval_capacity_factor=None)).eval()
    free.load_state_dict(teacher.state_dict())
    inputs, target = batch["net_input"], batch["target"]
    real = target != 0
    with torch.no_grad():
        states = free(inputs["src_tokens"], inputs["prev_output_tokens"]).hidden
        q = free.logits(states)[real].softmax(-1)
    scores = student.transformer.logits(student(**inputs).hidden)[real]
    hard = cross_entropy(scores, target[real], reduction="sum")
    soft = cross_entropy(scores, q, reduction="sum")
    torch.testing.assert_close(loss, 0.75 * hard + 0.25 * soft)
    assert tokens == 10
    torch.testing.assert_close(log["nll"], hard.detach())  # of the truth alone
    torch.testing.assert_close(log["mixed"], loss.detach())


def test_validation_is_of_the_truth_alone(task: SimpleNamespace, taught: Path) -> None:
    student, batch = network().eval(), sample()
    with torch.no_grad():
        found = criterion(task, taught, share=1.0)(student, batch)
        plain = SwitchCrossEntropy(task, 0.01, 0.001)(student, batch)
    torch.testing.assert_close(found[0], plain[0])
    assert "mixed" not in found[2]


def test_the_teacher_gets_no_gradient_and_is_not_the_criterion_s(
    task: SimpleNamespace, taught: Path
) -> None:
    """fairseq trains and saves the parameters of criterions too."""
    made = criterion(task, taught)
    made(network(), sample())[0].backward()
    assert list(made.parameters()) == []
    assert made.state_dict() == {}
    model = made.source.model
    assert all(weight.grad is None for weight in model.parameters())
    assert not model.training


def test_a_teacher_with_another_tokenizer(
    task: SimpleNamespace, taught: Path, tmp_path: Path
) -> None:
    """It would have a size that fits; only its pieces are others."""
    pieces = [*tiny_data.PIECES[:-2], *reversed(tiny_data.PIECES[-2:]), *tiny_data.SENTINELS]
    tiny_data.write_dictionary(tmp_path / "tokenizer" / "dict.txt", pieces)
    with pytest.raises(InputError, match=r"its tokenizer .* is not the data's"):
        criterion(task, taught)


def test_a_teacher_without_a_tokenizer(task: SimpleNamespace, taught: Path) -> None:
    checkpoint.write(taught, checkpoint.read(taught)._replace(data=""))
    with pytest.raises(InputError, match="no tokenizer/ beside it"):
        criterion(task, taught)


@pytest.mark.parametrize(
    ("teacher", "stored", "share", "words"),
    [
        ("", "", 0.25, "give --teacher or"),
        ("a", "b", 0.25, "one of them"),
        ("a", "", 1.5, "teacher_share is 1.5"),
    ],
)
def test_settings_that_cannot_be(
    task: SimpleNamespace, teacher: str, stored: str, share: float, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        Distillation(task, 0.01, 0.001, teacher, stored, share)
