"""Students of translators as a stage, with real trainings of two steps."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import models.fairseq_compat  # noqa: F401  (before anything of fairseq)

# isort: split
import pytest
import tiny_bitext
import tiny_data
import torch

from langs.errors import InputError
from models.generation import text_model
from models.network.architectures import architecture
from models.network.transformer import Transformer
from models.weights import checkpoint
from models.weights.checkpoint import Checkpoint
from pipeline import cli
from pipeline.evaluate.report import KeptScores, Report, Scores, Translation
from pipeline.stages import folders
from pipeline.training import convert
from pipeline.training.ablation import config_of, table
from pipeline.training.distill import NEW, TEACHER, DistillConfig, distill, store
from pipeline.training.finetune import FinetuneConfig

SHORT = FinetuneConfig(
    steps=2, max_tokens=512, longest=50, optimizer="adamw", learning_rate=0.003, warmup_steps=1,
    log_every=1, validate_every=2, validation_pairs=6, translated_pairs=2,
)  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bitext.write(tmp_path_factory.mktemp("bitext"), pairs=30)


@pytest.fixture(scope="module")
def teacher(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Switch model of random weights that has the tags."""
    return tagged(data, tmp_path_factory.mktemp("teacher"), "switch_tiny", experts=2)


@pytest.fixture(scope="module")
def config(teacher: Path, tmp_path_factory: pytest.TempPathFactory) -> DistillConfig:
    """A student that starts from a dense model without tags, as a pretrained one is."""
    torch.manual_seed(2)
    start = tiny_bitext.write_start(tmp_path_factory.mktemp("dense"), "t5_tiny")
    return DistillConfig(str(teacher), weights=str(start), student=SHORT)


@pytest.fixture(scope="module")
def student(data: Path, config: DistillConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("runs") / "student"
    distill(data, run, config)
    return run


def tagged(data: Path, folder: Path, name: str, **changes: object) -> Path:
    shutil.copytree(data / convert.TOKENIZER, folder / convert.TOKENIZER)
    rows = len((folder / convert.TOKENIZER / "dict.txt").read_text().splitlines())
    torch.manual_seed(1)
    config = replace(architecture(name), vocabulary_size=rows, init_scale=1.0, **changes)
    made = Checkpoint(name, config, Transformer(config).state_dict())
    checkpoint.write(folder / checkpoint.NAME, made)
    return folder / checkpoint.NAME


def losses(run: Path) -> list[float]:
    """Of each step that of the truth, and what is trained on."""
    lines = map(json.loads, (run / "metrics.jsonl").read_text().splitlines())
    trained = [line for line in lines if line["kind"] == "train"]
    assert len(trained) == SHORT.steps
    return [line[name] for line in trained for name in ("loss", "mixed_loss")]


def test_a_student_is_a_dense_translator_and_is_not_trained_twice(
    data: Path, config: DistillConfig, student: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    summary = folders.read_summary(student)
    assert (summary["steps"], summary["best_step"]) == (2, 2)
    assert summary["compression"] > 0.2
    loaded = text_model.load(student / "checkpoint_best.pt")
    assert set(loaded.tokenizer.tags) == {"en", "eo"}
    assert (loaded.model.config.experts, loaded.model.config.dropout) == (0, 0.1)
    start = checkpoint.read(Path(config.weights)).config.vocabulary_size
    assert loaded.model.config.vocabulary_size == start + 2  # the tags
    assert distill(data, student, config) == summary
    assert "complete, nothing to do" in capfd.readouterr().err


def test_all_pieces_stored_make_the_same_student(
    data: Path, config: DistillConfig, student: Path, tmp_path: Path
) -> None:
    pieces = checkpoint.read(Path(config.teacher)).config.vocabulary_size
    store(data, tmp_path / "stored", config, top=pieces, limit_gb=1.0)
    by_store = replace(config, teacher_probabilities=str(tmp_path / "stored"))
    distill(data, tmp_path / "by_store", by_store)
    one, other = map(losses, (tmp_path / "by_store", student))
    assert one == pytest.approx(other, rel=1e-3)  # probabilities are kept in float16
    assert one[0] != pytest.approx(one[1], rel=0.01)  # the teacher has its share of the loss
    for name, was, now in (("longest", 50, 40), ("seed", 1, 2), ("max_tokens", 512, 256)):
        changed = replace(by_store, student=replace(SHORT, **{name: now}))
        with pytest.raises(InputError, match=f"for {name} {was} and training has {now}"):
            distill(data, tmp_path / "other", changed)
    assert not (tmp_path / "other").exists()


def test_what_cannot_be_is_one_line(
    data: Path, teacher: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dense = tagged(data, tmp_path / "dense", "t5_tiny")
    untagged = tiny_bitext.write_start(tmp_path / "untagged", "switch_tiny", experts=2)
    prepared = tiny_data.write(tmp_path / "prepared")
    tiny_data.write_json(prepared / "shards" / "_SUCCESS.json", {"fingerprint": {}, "summary": {}})
    run = tmp_path / "run"
    translation, pretraining = ["distill", "translation"], ["distill"]
    for command, taught, folder, more, words in (
        (translation, dense, data, [], "has no experts: a teacher is a Switch model"),
        (translation, untagged, data, [], "is not the data's, the same id means another piece"),
        (translation, teacher, prepared, [], "is a folder of mswitch prepare"),
        (translation, teacher, data, ["--batch-size", "4"], "unknown option --batch-size"),
        (translation, teacher, data, ["--weights", str(teacher)], "has 2 experts: a student is"),
        (pretraining, teacher, data, [], "is a folder of mswitch bitext"),
        ([*translation, "ablation"], teacher, prepared, ["--baseline", "x"], "of mswitch prepare"),
    ):
        given = ["--teacher", str(taught), "--data", str(folder), "--output", str(run), *more]
        assert cli.main([*command, *given]) == 2
        said = capsys.readouterr().err.splitlines()
        assert said[-1].startswith("error: ")
        assert words in said[-1]
        assert not run.exists()


def test_techniques_without_the_teacher_s_weights_start_where_they_are_told_to() -> None:
    config = DistillConfig("teacher.pt", weights="dense.pt", student=SHORT)
    names = ("weights", "mix", "weights-mix")
    made = [config_of(config, name) for name in names]
    assert [one.weights for one in made] == [TEACHER, "dense.pt", TEACHER]
    assert [one.teacher_share for one in made] == [0.0, 0.25, 0.25]
    assert config_of(replace(config, weights=TEACHER), "mix").weights == NEW


def test_the_table_of_an_ablation_of_translators() -> None:
    config = DistillConfig("teacher.pt", weights="dense.pt", student=SHORT)
    scores, kept = Scores(25.0, -3.0), Scores(25.0, -3.0, kept=KeptScores(0.3, 0.5))
    models = {"dense": scores, "a": kept, "b": kept, "switch": scores}
    report = Mock(Report, translation=Translation(models, {}))
    shown = table(report, ["weights", "mix"], config).splitlines()
    cells = [line.split("  ") for line in shown]
    assert [[cell.strip() for cell in row if cell.strip()] for row in cells[-4:]] == [
        ["neither", "–", "0", "25.00", "–", "−3.000", "–"],
        ["weights", "teacher", "0", "25.00", "50 %", "−3.000", "30 %"],
        ["mix", "a checkpoint", "0.25", "25.00", "50 %", "−3.000", "30 %"],
        ["the teacher", "–", "–", "25.00", "–", "−3.000", "–"],
    ]
