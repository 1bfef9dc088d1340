"""Probabilities stored ahead of a training, and the training without the teacher."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import models.tasks  # noqa: F401  (before anything of fairseq)

# isort: split
import numpy as np
import pytest
import tiny_data
import torch
from fairseq import options
from fairseq.dataclass.utils import convert_namespace_to_omegaconf

from langs.errors import InputError
from models import store_probabilities
from models.distillation.store import Store
from models.network.architectures import architecture
from models.network.transformer import Transformer
from models.plugin.distillation_loss import Distillation
from models.plugin.model import SwitchTransformer
from models.store_probabilities import Job
from models.tasks.multilingual_span_corruption import MultilingualSpanCorruption
from models.weights import checkpoint
from models.weights.checkpoint import Checkpoint

STEPS, BATCH = 5, 4


@pytest.fixture(scope="module")
def teacher(prepared_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    shape = replace(architecture("switch_tiny"), vocabulary_size=tiny_data.VOCABULARY, experts=4)
    path = tmp_path_factory.mktemp("teacher") / "checkpoint_last.pt"
    weights = Transformer(replace(shape, init_scale=1.0)).state_dict()
    checkpoint.write(path, Checkpoint("switch_tiny", shape, weights, str(prepared_folder)))
    return path


def flags(data: Path, run: Path, **others: object) -> list[str]:
    values = {
        "task": "multilingual_span_corruption",
        "arch": "t5_tiny",
        "criterion": "distillation",
        "optimizer": "fused_adamw",
        "lr-scheduler": "inverse_sqrt",
        "lr": 0.003,
        "warmup-updates": 2,
        "source-tokens": 32,
        "epoch-sequences": 10,  # the third batch of an epoch is half a one
        "batch-size": BATCH,
        "max-update": STEPS,
        "log-interval": 1,
        "validate-interval-updates": STEPS,
        "save-dir": run,
        "num-workers": 0,
        "log-format": "none",
        "seed": 5,
        **{name.replace("_", "-"): value for name, value in others.items()},
    }
    return [str(data), *(f"--{name}={value}" for name, value in values.items()), "--cpu"]


def stored(data: Path, folder: Path, teacher: Path, top: int, gb: float = 1.0) -> Path:
    folder.mkdir(exist_ok=True)
    Job(parsed(flags(data, folder, teacher=teacher)), top).store(gb * 1e9)
    return folder


def parsed(arguments: list[str]) -> Any:
    """As fairseq's programs read them."""
    namespace = options.parse_args_and_arch(options.get_training_parser(), arguments)
    return convert_namespace_to_omegaconf(namespace)


def criterion(data: Path, **options: object) -> Distillation:
    """Of a training by the usual flags, but for some."""
    cfg = parsed(flags(data, data, **options))
    task = MultilingualSpanCorruption.setup_task(cfg.task)
    return Distillation.build_criterion(cfg.criterion, task)


@pytest.fixture(scope="module")
def few(prepared_folder: Path, teacher: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight pieces a token."""
    return stored(prepared_folder, tmp_path_factory.mktemp("few"), teacher, 8)


def test_all_pieces_stored_teach_as_the_teacher_itself(
    prepared_folder: Path, teacher: Path, tmp_path: Path
) -> None:
    folder = stored(prepared_folder, tmp_path, teacher, tiny_data.VOCABULARY)
    online = criterion(prepared_folder, teacher=teacher)
    offline = criterion(prepared_folder, **{"teacher-probabilities": folder})
    online.task.load_dataset("train")
    dataset = online.task.dataset("train")
    torch.manual_seed(1)
    shape = replace(architecture("t5_tiny"), vocabulary_size=tiny_data.VOCABULARY)
    student = SwitchTransformer(shape)
    for batch in ([0, 1, 2, 3], [9, 4]):  # in any order, in batches of any size
        sample = dataset.collater([dataset[i] for i in batch])
        found = []
        for one in (online, offline):
            loss, _, log = one(student, sample)
            weights = list(student.parameters())
            found.append([loss, log["nll"], *torch.autograd.grad(loss, weights)])
        torch.testing.assert_close(*found, rtol=2e-3, atol=2e-3)  # float16's precision
        assert float(found[0][0]) != pytest.approx(float(found[0][1]), rel=1e-3)


def test_training_without_the_teacher(prepared_folder: Path, few: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "models.train"),
            *flags(prepared_folder, tmp_path / "run", **{"teacher-probabilities": few}),
        ],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in (tmp_path / "run/metrics.jsonl").read_text().splitlines()]
    trained = [line for line in lines if line["kind"] == "train"]
    assert len(trained) == STEPS
    assert all(line["mixed_loss"] != pytest.approx(line["loss"], rel=1e-3) for line in trained)


def test_the_sequences_are_those_of_training(
    few: Path,
) -> None:
    store = Store(few)
    # Epochs of 10 sequences are batches of 4, 4 and 2; five batches are 18 sequences.
    assert store.numbers.tolist() == list(range(18))
    assert store.index.top == 8
    row = store.read(3)
    assert row.ids.shape == (store.index.tokens // 18, 8)
    assert np.all(np.diff(row.log_probabilities, axis=1) <= 0)
    masses = [np.exp(store.read(n).log_probabilities).sum(1) for n in range(18)]
    assert store.index.mean_mass == pytest.approx(np.concatenate(masses).mean(), rel=1e-4)
    assert 0.1 < store.index.mean_mass < 0.9


def test_an_interrupted_job_goes_on(
    prepared_folder: Path, teacher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_probabilities, "PART_BATCHES", 2)
    whole = stored(prepared_folder, tmp_path / "whole", teacher, 8)
    rows, computed = Job.rows, []

    def counted(self: Job, batch: store_probabilities.Batch, *rest: Any) -> Any:
        computed.append(batch)
        if len(computed) == 4:
            raise KeyboardInterrupt
        return rows(self, batch, *rest)

    monkeypatch.setattr(Job, "rows", counted)
    with pytest.raises(KeyboardInterrupt):
        stored(prepared_folder, tmp_path / "killed", teacher, 8)
    assert not (tmp_path / "killed" / "index.json").exists()
    folder = stored(prepared_folder, tmp_path / "killed", teacher, 8)
    assert computed[4:] == [(1, [8, 9]), (2, [0, 1, 2, 3]), (2, [4, 5, 6, 7])]
    files = sorted(path.relative_to(whole) for path in whole.rglob("*.*"))
    assert [(folder / f).read_bytes() for f in files] == [(whole / f).read_bytes() for f in files]


def test_too_much_for_the_disk(prepared_folder: Path, teacher: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"need 0\.0 GB, and there may be 0\.0 GB"):
        stored(prepared_folder, tmp_path / "stored", teacher, 8, gb=1e-9)
    assert not list((tmp_path / "stored").iterdir())


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"seed": 6}, "seed was 5 and is now 6"),
        ({"source-tokens": 48}, "source_tokens was 32 and is now 48"),
    ],
)
def test_another_order_is_refused(
    prepared_folder: Path, few: Path, changed: dict[str, int], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        criterion(prepared_folder, **{"teacher-probabilities": few, **changed})


def test_other_data_are_refused(few: Path, tmp_path: Path) -> None:
    other = tiny_data.write(tmp_path / "other")
    tiny_data.write_json(other / "shards" / "_SUCCESS.json", {"fingerprint": "another"})
    with pytest.raises(InputError, match=r"data_sha256 was .* and is now"):
        criterion(other, **{"teacher-probabilities": few})
