"""Distillation as stages, with real trainings of a few steps."""

import json
from dataclasses import replace
from pathlib import Path

import models.fairseq_compat  # noqa: F401  (before anything of fairseq)

# isort: split
import pytest
import tiny_data
import torch

from langs.errors import InputError
from models.network.architectures import architecture
from models.network.transformer import Transformer
from models.weights import checkpoint
from models.weights.checkpoint import Checkpoint
from pipeline.training.ablation import ablation
from pipeline.training.distill import NEW, DistillConfig, distill, store
from pipeline.training.pretrain import PretrainConfig, pretrain

SHORT = PretrainConfig(
    steps=4, batch_size=4, source_tokens=32, optimizer="adamw", learning_rate=0.003,
    warmup_steps=2, log_every=2, validate_every=2, save_every=2,
)  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tiny_data.write(tmp_path_factory.mktemp("data"))
    for name in ("spm.model", "spm.vocab"):  # copied, not read
        (folder / "tokenizer" / name).touch()
    return folder


@pytest.fixture(scope="module")
def teacher(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short Switch run."""
    run = tmp_path_factory.mktemp("runs") / "switch"
    pretrain(data, run, replace(SHORT, model="switch_tiny", experts=4))
    return run / checkpoint.NAME


def test_a_student_is_dense_starts_from_the_teacher_and_is_not_trained_twice(
    data: Path, teacher: Path, tmp_path: Path
) -> None:
    config = DistillConfig(str(teacher), student=SHORT)
    summary = distill(data, tmp_path / "student", config)
    student = checkpoint.read(tmp_path / "student" / checkpoint.NAME)
    assert student.config.experts == 0
    assert summary["student_parameters"] == sum(w.numel() for w in student.weights.values())
    kept = summary["student_parameters"] / summary["teacher_parameters"]
    assert summary["compression"] == pytest.approx(1 - kept)
    first = checkpoint.read(tmp_path / "student" / "teacher_weights.pt")
    taught = checkpoint.read(teacher)
    assert torch.equal(first.weights["embedding.weight"], taught.weights["embedding.weight"])
    written = (tmp_path / "student" / checkpoint.NAME).stat().st_mtime_ns
    assert distill(data, tmp_path / "student", config) == summary
    assert (tmp_path / "student" / checkpoint.NAME).stat().st_mtime_ns == written


def test_the_teacher_s_share_of_the_loss_changes_what_is_learned(
    data: Path, teacher: Path, tmp_path: Path
) -> None:
    losses = []
    for name, share in (("plain", 0.0), ("taught", 0.5)):
        config = DistillConfig(str(teacher), weights=NEW, teacher_share=share, student=SHORT)
        distill(data, tmp_path / name, config)
        assert (tmp_path / name / "new_weights.pt").exists()  # told apart by it from teacher's
        lines = (tmp_path / name / "metrics.jsonl").read_text().splitlines()
        trained = [line for line in map(json.loads, lines) if line["kind"] == "train"]
        losses.append([line["loss"] for line in trained])
    plain, taught = losses
    assert len(plain) == len(taught) == 2
    assert plain[1] != taught[1]


def test_stored_probabilities_serve_this_training_only(
    data: Path, teacher: Path, tmp_path: Path
) -> None:
    config = DistillConfig(str(teacher), student=SHORT)
    store(data, tmp_path / "stored", config, top=tiny_data.VOCABULARY, limit_gb=1.0)
    by_store = replace(config, teacher_probabilities=str(tmp_path / "stored"))
    distill(data, tmp_path / "by_store", by_store)
    distill(data, tmp_path / "by_teacher", config)
    one, other = (
        checkpoint.read(tmp_path / name / checkpoint.NAME).weights
        for name in ("by_store", "by_teacher")
    )
    for name in one:  # probabilities are kept in float16
        assert torch.allclose(one[name], other[name], atol=2e-3), name
    longer = replace(by_store, student=replace(SHORT, steps=6))
    with pytest.raises(InputError, match="was stored for steps 4 and training has 6"):
        distill(data, tmp_path / "longer", longer)


def test_what_cannot_be_is_told(data: Path, teacher: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="teacher_share is 2: it must be from 0 to 1"):
        distill(data, tmp_path / "a", DistillConfig(str(teacher), teacher_share=2, student=SHORT))
    config = DistillConfig(str(teacher), weights=str(teacher), student=SHORT)
    with pytest.raises(InputError, match="has 4 experts: a student is dense"):
        distill(data, tmp_path / "b", config)
    shape = replace(architecture("t5_tiny"), vocabulary_size=tiny_data.VOCABULARY)
    path = tmp_path / "dense.pt"
    checkpoint.write(path, Checkpoint("t5_tiny", shape, Transformer(shape).state_dict()))
    with pytest.raises(InputError, match="no technique 'magic'; there are weights, soft"):
        ablation(data, tmp_path / "c", DistillConfig(str(path)), tmp_path, ["magic"])
