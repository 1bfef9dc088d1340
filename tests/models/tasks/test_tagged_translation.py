"""Fine-tuning on a toy language, run as `mswitch finetune` runs it: in a process of its own."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import tiny_bitext
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from models.generation import text_model
from models.generation.translation import Instruction, Search, translate
from models.generation.translation_scores import chrf_plus_plus
from models.weights import checkpoint

ROOT = Path(__file__).parents[3]
KILLED = """
import os, runpy, signal, sys
import models.plugin.metrics_file
add = models.plugin.metrics_file.Totals.add
def killing_add(totals, *args):
    add(totals, *args)
    if totals.step == int(os.environ["KILL_AT"]):
        os.kill(os.getpid(), signal.SIGKILL)
models.plugin.metrics_file.Totals.add = killing_add
sys.argv[0] = "models.train"
runpy.run_module("models.train", run_name="__main__")
"""
SWITCH = {"experts": 4, "unscaled_output": True, "embedding_std": 0.05}


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Switch model that knows nothing yet, and no tags."""
    torch.manual_seed(1)
    return tiny_bitext.write_start(tmp_path_factory.mktemp("start"), "switch_tiny", **SWITCH)


def arguments(data: Path, start: Path, run: Path, **changes: object) -> list[str]:
    options = {
        "task": "tagged_translation",
        "arch": "switch_tiny",
        "experts": 4,
        "initialise-from": start,
        "criterion": "switch_cross_entropy",
        "label-smoothing": 0.1,
        "optimizer": "fused_adamw",
        "lr": 0.005,
        "lr-scheduler": "inverse_sqrt",
        "warmup-updates": 50,
        "warmup-init-lr": 0,
        "clip-norm": 1,
        "max-tokens": 512,
        "longest": 50,
        "epoch-sequences": 150,
        "max-update": 12,
        "log-interval": 1,
        "save-dir": run,
        "tensorboard-logdir": run / "tensorboard",
        "validate-interval-updates": 4,
        "save-interval-updates": 4,
        "validate-interval": 10**9,
        "save-interval": 10**9,
        "best-checkpoint-metric": "chrf",
        "validation-pairs": 20,
        "translated-pairs": 3,
        "num-workers": 0,
        "log-format": "none",
        **{name.replace("_", "-"): value for name, value in changes.items()},
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    always = "--maximize-best-checkpoint-metric", "--no-epoch-checkpoints", "--unscaled-output"
    return [str(data), *flags, *always]


def train(*command: str, kill_at: int | None = None) -> subprocess.CompletedProcess[str]:
    begin = ["-m", "models.train"] if kill_at is None else ["-c", KILLED]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "KILL_AT": str(kill_at)}
    return subprocess.run(
        [sys.executable, *begin, *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )


def metrics(run: Path, kind: str) -> list[dict[str, Any]]:
    lines = map(json.loads, (run / "metrics.jsonl").read_text().splitlines())
    return [line for line in lines if line["kind"] == kind]


def test_a_toy_language_of_200_pairs_is_learned(
    bitext_folder: Path, start: Path, tmp_path: Path
) -> None:
    """From random weights; what is translated afterwards is all 200 pairs, both ways."""
    run = tmp_path / "run"
    changes = {"epoch_sequences": 1024, "max_update": 600, "log_interval": 50}
    rare = {"validate_interval_updates": 600, "save_interval_updates": 600}
    done = train(*arguments(bitext_folder, start, run, **changes, **rare))
    assert done.returncode == 0, done.stderr
    loaded = text_model.load(run / "checkpoint_best.pt", bitext_folder / "tokenizer")
    english, toy = zip(*tiny_bitext.sentences(), strict=True)
    for code, sources, references in (("eo", english, toy), ("en", toy, english)):
        tag = Instruction((loaded.tokenizer.tag(code),))
        ids = [tag.source(loaded.tokenizer, source) for source in sources]
        found = translate(loaded.model, loaded.tokenizer, ids, Search(beams=1))
        assert chrf_plus_plus([best[0].text for best in found], references) > 95


@pytest.fixture(scope="module")
def whole(bitext_folder: Path, start: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short run that was not interrupted."""
    run = tmp_path_factory.mktemp("runs") / "whole"
    done = train(*arguments(bitext_folder, start, run))
    assert done.returncode == 0, done.stderr
    return run


def test_metrics_by_direction(whole: Path) -> None:
    valid = metrics(whole, "valid")
    assert [line["step"] for line in valid] == [4, 8, 12]
    for line in valid:
        assert list(line["languages"]) == ["en-eo", "eo-en"]
        for values in line["languages"].values():
            assert set(values) == {"nll_sum", "tokens", "bytes", "chrf++", "bleu"}
            assert 0 <= values["chrf++"] <= 100
    first, *_, last = metrics(whole, "train")
    assert last["loss"] < first["loss"]
    assert first["mixed_loss"] > first["loss"] * 0.9  # with the smoothed part
    assert [sum(load) for load in first["expert_load"]] == pytest.approx([1.0, 1.0])


def test_tensorboard(whole: Path) -> None:
    events = EventAccumulator(str(whole / "tensorboard" / "valid"))
    events.Reload()
    wanted = {"loss", "chrf", "chrf/en-eo", "chrf/eo-en", "neg_log_perplexity/en-eo"}
    assert wanted <= set(events.Tags()["scalars"])


def test_killed_and_started_again(
    bitext_folder: Path, start: Path, whole: Path, tmp_path: Path
) -> None:
    """Step 9 goes back into the middle of an epoch, which is not the first."""
    command = arguments(bitext_folder, start, tmp_path / "whole")
    assert train(*command, kill_at=10).returncode == -signal.SIGKILL
    done = train(*command)
    assert done.returncode == 0, done.stderr
    for name in ("loss", "tokens", "gradient_norm"):
        found, expected = (
            [line[name] for line in metrics(run, "train")] for run in (tmp_path / "whole", whole)
        )
        assert found == pytest.approx(expected, rel=1e-5)
    last, expected = (metrics(run, "valid")[-1] for run in (tmp_path / "whole", whole))
    assert last["languages"]["en-eo"] == pytest.approx(expected["languages"]["en-eo"], rel=1e-4)


def test_a_run_ends_when_nothing_gets_better(
    bitext_folder: Path, start: Path, tmp_path: Path
) -> None:
    """With learning rate 0 nothing does; started again, it is known to have ended."""
    run = tmp_path / "run"
    changes = {"lr": 0, "patience": 2, "validate_interval_updates": 2, "save_interval_updates": 2}
    command = arguments(bitext_folder, start, run, **changes)
    for _ in range(2):
        done = train(*command)
        assert done.returncode == 0, done.stderr
        assert [line["step"] for line in metrics(run, "valid")] == [2, 4, 6]
        assert metrics(run, "train")[-1]["step"] == 6


def test_weights_start_as_the_checkpoint_s_and_what_is_frozen_stays(
    bitext_folder: Path, start: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    command = arguments(bitext_folder, start, run, max_update=2, freeze="encoder")
    assert train(*command).returncode == 0
    before, after = (checkpoint.read(path).weights for path in (start, run / "checkpoint_last.pt"))
    assert after["embedding.weight"].shape[0] == before["embedding.weight"].shape[0] + 2
    for name, weight in before.items():
        if name != "embedding.weight":
            same = torch.equal(weight, after[name])
            assert same == name.startswith("encoder.")


def test_another_model_s_weights_are_refused(
    bitext_folder: Path, start: Path, tmp_path: Path
) -> None:
    done = train(*arguments(bitext_folder, start, tmp_path, experts=2))
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    said = done.stderr.splitlines()[-1]
    assert "feed_forward.wi is (4, 64, 256) in the checkpoint and (2, 64, 256) in this" in said
