"""The stage around fine-tuning; the training itself is tested in tests/models."""

import itertools
import math
from dataclasses import replace
from pathlib import Path

import models.fairseq_compat  # noqa: F401  (before anything of fairseq)

# isort: split
import pytest
import tiny_bitext
import tiny_data
import torch

from langs.errors import InputError
from models.generation import text_model
from models.network.options import config_from_options
from models.weights import checkpoint, freezing
from pipeline import cli
from pipeline.stages import folders
from pipeline.training import convert
from pipeline.training.finetune import FREEZABLE, FinetuneConfig, finetune, flags

SHORT = FinetuneConfig(
    steps=2,
    max_tokens=512,
    longest=50,
    schedule="linear",
    validate_every=1,
    validation_pairs=6,
    translated_pairs=2,
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bitext.write(tmp_path_factory.mktemp("bitext"), pairs=30)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(1)
    changes = {"experts": 2, "capacity_factor": None, "unscaled_output": True}
    return tiny_bitext.write_start(tmp_path_factory.mktemp("start"), "switch_tiny", **changes)


@pytest.fixture(scope="module")
def tuned(data: Path, start: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run."""
    run = tmp_path_factory.mktemp("runs") / "tuned"
    finetune(start, data, run, SHORT)
    return run


def test_flags_name_every_setting() -> None:
    config = FinetuneConfig(
        schedule="linear", expert_masking=0.2, pretraining_data="d", fairseq=["--bf16"]
    )
    made = flags(config, Path("run"))
    pairs = dict(itertools.pairwise(made))
    assert pairs["--task"] == "tagged_translation"
    assert pairs["--lr-scheduler"] == "polynomial_decay"
    assert pairs["--total-num-update"] == pairs["--max-update"] == str(config.steps)
    assert (pairs["--dropout"], pairs["--expert-dropout"]) == ("0.1", "0.4")
    assert (pairs["--expert-masking"], pairs["--label-smoothing"]) == ("0.2", "0.1")
    assert pairs["--save-interval-updates"] == pairs["--validate-interval-updates"] == "500"
    assert pairs["--best-checkpoint-metric"] == "chrf"
    assert made[-1] == "--bf16"
    assert "None" not in made


def test_what_can_be_frozen_is_said_right() -> None:
    assert FREEZABLE == freezing.FREEZABLE


def test_a_run_is_a_translator_with_its_tokenizer(
    data: Path, start: Path, tuned: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    summary = folders.read_summary(tuned)
    assert summary["steps"] == 2
    assert summary["best_step"] in (1, 2)
    loaded = text_model.load(tuned / "checkpoint_best.pt")
    assert set(loaded.tokenizer.tags) == {"en", "eo"}
    before, config = checkpoint.read(start).config, loaded.model.config
    assert (config.dropout, config.expert_dropout) == (0.1, 0.4)
    changed = {"dropout": 0.1, "expert_dropout": 0.4, "vocabulary_size": 160}
    assert config == replace(before, **changed)
    capfd.readouterr()
    assert finetune(start, data, tuned, SHORT) == summary
    assert "complete, nothing to do" in capfd.readouterr().err
    with pytest.raises(InputError, match=r"dropout was 0\.1 and is now 0\.2"):
        finetune(start, data, tuned, replace(SHORT, dropout=0.2))


def test_more_steps_and_early_stopping(data: Path, start: Path, tmp_path: Path) -> None:
    """At learning rate 0+ no validation is better than the first: one more, and the run ends."""
    config = replace(SHORT, schedule="constant", learning_rate=1e-20, steps=1, patience=1)
    assert finetune(start, data, tmp_path / "run", config)["steps"] == 1
    for steps in (6, 7):
        summary = finetune(start, data, tmp_path / "run", replace(config, steps=steps))
        assert summary["steps"] == 2
        assert folders.read_summary(tmp_path / "run") == summary


def test_a_fine_tuned_model_can_be_fine_tuned_on(data: Path, tuned: Path, tmp_path: Path) -> None:
    finetune(tuned / "checkpoint_last.pt", data, tmp_path / "run", SHORT)
    assert (tmp_path / "run" / "checkpoint_best.pt").exists()


def test_pretraining_beside(start: Path, data: Path, tmp_path: Path) -> None:
    prepared = tiny_data.write(tmp_path / "prepared")
    folder = prepared / "tokenizer"
    (folder / "dict.txt").unlink()
    folder.rmdir()
    config = replace(SHORT, pretraining_share=0.3, pretraining_data=str(prepared))
    (prepared / "shards" / "_SUCCESS.json").write_text('{"fingerprint": {}, "summary": {}}')
    tiny_bitext.write_tokenizer(folder)
    finetune(start, data, tmp_path / "run", replace(config, pretraining_tokens=16))
    assert (tmp_path / "run" / "checkpoint_best.pt").exists()


def test_a_model_from_hugging_face(data: Path, tmp_path: Path) -> None:
    from transformers import T5Config, T5ForConditionalGeneration

    shape = {"d_model": 16, "d_kv": 8, "d_ff": 24, "num_layers": 1, "num_heads": 2}
    theirs = T5ForConditionalGeneration(T5Config(vocab_size=158, **shape))
    theirs.save_pretrained(tmp_path / "theirs")
    (tmp_path / "theirs" / "spiece.model").write_bytes(tiny_bitext.train_pieces())
    convert.import_model(tmp_path / "theirs", tmp_path / "ours")
    finetune(tmp_path / "ours" / checkpoint.NAME, data, tmp_path / "run", SHORT)
    assert text_model.load(tmp_path / "run" / "checkpoint_best.pt").model.config.d_model == 16


def test_a_tokenizer_of_another_model_leaves_no_folder(
    data: Path, start: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = tmp_path / "other" / checkpoint.NAME
    alone.parent.mkdir()
    options = {"d_model": 16, "d_ff": 16, "d_kv": 8, "heads": 2}
    config = config_from_options({**options, "encoder_layers": 1, "decoder_layers": 1}, 999)
    weights = {"embedding.weight": torch.zeros(999, 16)}
    checkpoint.write(alone, checkpoint.Checkpoint("t5", config, weights))
    command = ["finetune", "--checkpoint", str(alone), "--data", str(data), "--output"]
    assert cli.main([*command, str(tmp_path / "run")]) == 2
    assert "checkpoint and tokenizer do not belong together" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_data_that_are_none(start: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere does not exist"):
        finetune(start, tmp_path / "nowhere", tmp_path / "run", SHORT)
    with folders.partial_folder(tmp_path / "prepared") as folder:
        folders.mark_complete(folder, {"configuration": 1}, {})
    with pytest.raises(InputError, match=r"prepared/tokenizer/dict\.txt"):
        finetune(start, tmp_path / "prepared", tmp_path / "run", SHORT)


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("schedule", "cosine", "use one of constant"),
        ("freeze", "decoder", "use one of none"),
        ("dropout", 1.0, "it must be at least 0 and below 1"),
        ("longest", 5000, "at most max_tokens, 4096"),
        ("pretraining_share", 0.1, "go together"),
        ("optimizer", "sgd", "use one of adafactor"),
        ("steps", 0, "at least 1"),
        ("learning_rate", math.nan, "is nan: give a finite number"),
        ("balance_weight", math.inf, "is inf: give a finite number"),
    ],
)
def test_settings_out_of_range_are_refused(
    data: Path, start: Path, setting: str, value: object, words: str
) -> None:
    with pytest.raises(InputError, match=f"{setting}.*{words}"):
        finetune(start, data, data / "run", replace(FinetuneConfig(), **{setting: value}))
