"""The command line, run as users run it: `python -m models.train` in a process of its own."""

import json
import os
import platform
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_data
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from models.weights import checkpoint

ROOT = Path(__file__).parents[2]
STEPS, EPOCH_STEPS, BATCH = 12, 5, 4
# What `python -m models.train` does, but killed in the middle of an update.
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
ALLOCATING = """
import resource, sys, torch
from models.train import keep_freed_memory
if sys.argv[1] == "keep":
    keep_freed_memory()
def step():
    return [torch.ones(2**23) for _ in range(4)]  # 32 MiB each, 8,192 pages
for _ in range(4):
    step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(4):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
OPTIMIZERS = {
    "switch_tiny": [
        *("--optimizer", "fused_adamw", "--lr", "0.003", "--router-learning-rate-scale", "0.5"),
    ],
    "t5_tiny": ["--optimizer", "t5_adafactor", "--lr", "0.01", "--warmup-init-lr", "0.01"],
}


def arguments(data: Path, run: Path, arch: str) -> list[str]:
    options = {
        "task": "multilingual_span_corruption",
        "arch": arch,
        "criterion": "switch_cross_entropy",
        "lr-scheduler": "inverse_sqrt",
        "warmup-updates": 4,
        "source-tokens": 32,
        "batch-size": BATCH,
        "batch-size-valid": 3,
        "epoch-sequences": EPOCH_STEPS * BATCH,
        "max-update": STEPS,
        "log-interval": 1,
        "save-dir": run,
        "tensorboard-logdir": run / "tensorboard",
        "save-interval-updates": 4,
        "validate-interval-updates": 4,
        "keep-interval-updates": 1,
        "num-workers": 0,
        "log-format": "none",
        "seed": 5,
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    return [str(data), *flags, *OPTIMIZERS[arch], "--no-epoch-checkpoints"]


def train(*command: str, kill_at: int | None = None) -> subprocess.CompletedProcess[str]:
    start = ["-m", "models.train"] if kill_at is None else ["-c", KILLED]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "KILL_AT": str(kill_at)}
    return subprocess.run(
        [sys.executable, *start, *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def run_of(
    prepared_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Path]:
    """The run folder of an architecture, trained without interruption; trained once."""
    folder = tmp_path_factory.mktemp("runs")

    @cache
    def trained(arch: str) -> Path:
        done = train(*arguments(prepared_folder, folder / arch, arch))
        assert done.returncode == 0, done.stderr
        return folder / arch

    return trained


def metrics(run: Path, kind: str) -> list[dict[str, Any]]:
    text = (run / "metrics.jsonl").read_text()
    return [line for line in map(json.loads, text.splitlines()) if line["kind"] == kind]


COUNTED = {"kind", "step", "time", "tokens", "seconds", "processor_seconds", "flops"}
TRAINED = COUNTED | {"loss", "learning_rate", "gradient_norm"}
ROUTED = {"balance_loss", "z_loss", "dropped_fraction", "expert_load"}


@pytest.mark.parametrize("arch", ["t5_tiny", "switch_tiny"])
def test_metrics_are_as_documented(run_of: Callable[[str], Path], arch: str) -> None:
    run = run_of(arch)
    (header,) = metrics(run, "run")
    assert header["architecture"] == arch
    assert header["experts"] == (16 if arch == "switch_tiny" else 0)
    assert header["seed"] == 5
    assert header["active_parameters"] <= header["parameters"]
    assert {"torch", "fairseq", "numpy", "python"} <= set(header["versions"])
    assert len(header["data_sha256"]) == len(header["config_sha256"]) == 64
    assert header["config"]["model"]["d_model"] == 64
    assert (header["device"]["type"], header["device"]["threads"]) == ("cpu", 1)

    lines = metrics(run, "train")
    assert [line["step"] for line in lines] == list(range(1, STEPS + 1))
    assert all(set(line) == TRAINED | (ROUTED if header["experts"] else set()) for line in lines)
    step_tokens = lines[0]["tokens"]  # source and target: sequences have one length
    assert [line["tokens"] for line in lines] == [step_tokens * n for n in range(1, STEPS + 1)]
    assert lines[3]["flops"] == pytest.approx(4 * step_tokens * header["flops_per_token"])
    for name in ("time", "seconds", "processor_seconds"):
        assert all(a[name] < b[name] for a, b in pairwise(lines))
    # one thread and no data workers: no more processor time than wall clock, but for its grain
    assert lines[-1]["processor_seconds"] <= lines[-1]["seconds"] + 0.1
    for line in lines if header["experts"] else []:
        assert [sum(load) for load in line["expert_load"]] == pytest.approx([1.0, 1.0])


@pytest.mark.parametrize("arch", ["t5_tiny", "switch_tiny"])
def test_validation_sums_by_language(run_of: Callable[[str], Path], arch: str) -> None:
    lines = metrics(run_of(arch), "valid")
    assert [line["step"] for line in lines] == [4, 8, 12]  # not where epochs end, at 5 and 10
    for line in lines:
        assert list(line["languages"]) == ["en", "sw", "th"]
        for sums in line["languages"].values():
            assert 1 < sums["nll_sum"] / sums["tokens"] < 20
            assert sums["bytes"] > 0
        counts = {(c, s["tokens"], s["bytes"]) for c, s in line["languages"].items()}
        assert counts == {(c, s["tokens"], s["bytes"]) for c, s in lines[0]["languages"].items()}


def test_the_last_validation_sequence_by_sequence(run_of: Callable[[str], Path]) -> None:
    run = run_of("switch_tiny")
    last = metrics(run, "valid")[-1]
    with np.load(run / "validation.npz", allow_pickle=False) as file:
        codes, rows = file["codes"].tolist(), file["rows"]
        assert file["step"] == last["step"]
    for index, code in enumerate(codes):
        sums = rows[rows[:, 0] == index, 1:].sum(axis=0)
        assert dict(zip(("nll_sum", "tokens", "bytes"), sums, strict=True)) == pytest.approx(
            last["languages"][code]
        )
    assert len(rows) > len(codes)


def test_the_last_validation_by_router(run_of: Callable[[str], Path]) -> None:
    run = run_of("switch_tiny")
    last = metrics(run, "valid")[-1]
    with np.load(run / "routing.npz", allow_pickle=False) as file:
        assert file["step"] == last["step"]
        assert file["routers"].tolist() == ["encoder 2", "decoder 2"]
        codes, (_, decoder) = file["codes"].tolist(), file["chosen"].sum(axis=2).tolist()
        # a decoder reads as many tokens as it has to predict
        assert dict(zip(codes, decoder, strict=True)) == {
            code: sums["tokens"] for code, sums in last["languages"].items()
        }
        assert set(file["pieces"]) <= {*tiny_data.PIECES, *tiny_data.SENTINELS}
    assert not (run_of("t5_tiny") / "routing.npz").exists()


def test_gates_and_changes_of_every_validation_by_router(run_of: Callable[[str], Path]) -> None:
    first, *others = (line["routers"] for line in metrics(run_of("switch_tiny"), "valid"))
    assert list(first) == ["encoder 2", "decoder 2"]
    for figures in first.values():
        assert figures["changed_share"] is None
        assert 1 / 16 <= figures["mean_gate"] <= 1
    shares = [figures["changed_share"] for routers in others for figures in routers.values()]
    assert all(0 <= share <= 1 for share in shares)
    assert any(shares)
    assert all("routers" not in line for line in metrics(run_of("t5_tiny"), "valid"))


def test_no_token_changes_its_expert_where_nothing_is_learnt(
    prepared_folder: Path, tmp_path: Path
) -> None:
    """Every validation reads the same tokens in the same order."""
    done = train(*arguments(prepared_folder, tmp_path / "run", "switch_tiny"), "--lr=0")
    assert done.returncode == 0, done.stderr
    _, *others = (line["routers"] for line in metrics(tmp_path / "run", "valid"))
    assert len(others) == 2
    assert {figures["changed_share"] for routers in others for figures in routers.values()} == {0}


def test_learning_happens(run_of: Callable[[str], Path]) -> None:
    for arch in ("t5_tiny", "switch_tiny"):
        first, *_, last = metrics(run_of(arch), "train")
        assert last["loss"] < first["loss"]


def events(folder: Path) -> EventAccumulator:
    accumulator = EventAccumulator(str(folder))
    accumulator.Reload()
    return accumulator


def scalars(folder: Path) -> set[str]:
    return set(events(folder).Tags()["scalars"])


def test_validations_come_at_their_interval_whatever_the_checkpoints(
    prepared_folder: Path, tmp_path: Path
) -> None:
    command = arguments(prepared_folder, tmp_path / "run", "t5_tiny")
    done = train(*command, "--save-interval-updates=2", "--validate-interval-updates=7")
    assert done.returncode == 0, done.stderr
    assert [line["step"] for line in metrics(tmp_path / "run", "valid")] == [7, 12]
    assert checkpoint.updates(tmp_path / "run" / "checkpoint_last.pt") == STEPS


def test_float16_on_a_cpu(prepared_folder: Path, tmp_path: Path) -> None:
    command = arguments(prepared_folder, tmp_path / "run", "switch_tiny")
    done = train(*command, "--fp16", "--fp16-init-scale=1", "--max-update=3")
    assert done.returncode == 0, done.stderr
    losses = [line["loss"] for line in metrics(tmp_path / "run", "train")]
    assert len(losses) == 3
    assert all(1 < loss < 10 for loss in losses)


def test_a_finished_run_goes_on_to_more_steps(
    prepared_folder: Path, run_of: Callable[[str], Path], tmp_path: Path
) -> None:
    """First to step 6, then to 12: as if it had been 12 from the start."""
    whole, run = run_of("switch_tiny"), tmp_path / "switch_tiny"
    command = arguments(prepared_folder, run, "switch_tiny")
    for steps in (6, STEPS):
        done = train(*command, f"--max-update={steps}")
        assert done.returncode == 0, done.stderr
    expected = {line["step"]: comparable(line) for line in metrics(whole, "train")}
    for line in metrics(run, "train"):
        assert comparable(line) == pytest.approx(expected[line["step"]], rel=1e-5, abs=1e-5)
    assert [line["step"] for line in metrics(run, "train")] == sorted(expected)
    assert "--max-update=12" in metrics(run, "run")[0]["config"]["command"]


def test_tensorboard(run_of: Callable[[str], Path]) -> None:
    folder = run_of("switch_tiny") / "tensorboard"
    figures = ("neg_log_perplexity", "effective_experts", "dropped_share")
    by_language = {f"{figure}/{code}" for figure in figures for code in tiny_data.RATES}
    routers = ("encoder_2", "decoder_2")
    by_router = {f"{name}/{one}" for name in ("mean_gate", "changed_share") for one in routers}
    assert by_language | by_router <= scalars(folder / "valid")
    loads = {f"expert_load/layer{layer}/expert{e}" for layer in (0, 1) for e in range(16)}
    wanted = {"loss", "gnorm", "lr", "balance_loss", "z_loss", "dropped"}
    assert loads | wanted <= scalars(folder / "train_inner")
    dense = scalars(run_of("t5_tiny") / "tensorboard" / "train_inner")
    assert not any("expert" in tag for tag in dense)


def comparable(line: dict[str, Any]) -> dict[str, Any]:
    """A line without its times, flat, for pytest.approx."""
    left_out = ("kind", "time", "seconds", "processor_seconds")
    flat = {name: value for name, value in line.items() if name not in left_out}
    for layer, load in enumerate(flat.pop("expert_load", [])):
        flat |= {f"load {layer} {e}": share for e, share in enumerate(load)}
    for code, sums in flat.pop("languages", {}).items():
        flat |= {f"{code} {name}": value for name, value in sums.items()}
    for router, figures in flat.pop("routers", {}).items():
        flat |= {f"{router} {name}": value for name, value in figures.items() if value is not None}
    return flat


def test_killed_and_started_again(
    prepared_folder: Path, run_of: Callable[[str], Path], tmp_path: Path
) -> None:
    whole, run = run_of("switch_tiny"), tmp_path / "switch_tiny"
    command = arguments(prepared_folder, run, "switch_tiny")
    # Step 7 goes back to the end of an epoch (5), step 9 into the middle of one (8).
    for kill_at in (7, 9):
        assert train(*command, kill_at=kill_at).returncode == -signal.SIGKILL
        assert metrics(run, "train")[-1]["step"] == kill_at - 1
    done = train(*command)
    assert done.returncode == 0, done.stderr
    for kind in ("train", "valid"):
        found, expected = metrics(run, kind), metrics(whole, kind)
        assert len(found) == len(expected)
        for line, wanted in zip(found, expected, strict=True):
            assert comparable(line) == pytest.approx(comparable(wanted), rel=1e-5, abs=1e-5)
    for name in ("seconds", "processor_seconds"):
        times = [line[name] for line in metrics(run, "train")]
        assert times == sorted(times)
    assert len(metrics(run, "run")) == 1
    for split, steps in (("train_inner", range(1, STEPS + 1)), ("valid", (4, 8, 12))):
        points = [point.step for point in events(run / "tensorboard" / split).Scalars("loss")]
        assert points == list(steps)


def test_a_dense_model_has_no_router_to_train_slowly(
    prepared_folder: Path, run_of: Callable[[str], Path], tmp_path: Path
) -> None:
    command = arguments(prepared_folder, tmp_path / "run", "t5_tiny")
    done = train(*command, "--router-learning-rate-scale", "0.1")
    assert done.returncode == 0, done.stderr
    found, expected = (metrics(run, "train") for run in (tmp_path / "run", run_of("t5_tiny")))
    assert list(map(comparable, found)) == list(map(comparable, expected))


def test_routers_stay_where_they_are_at_a_learning_rate_of_0(
    prepared_folder: Path, tmp_path: Path
) -> None:
    routers = {}
    for steps in ("1", "2"):
        command = arguments(prepared_folder, tmp_path / steps, "switch_tiny")
        done = train(*command, f"--max-update={steps}", "--router-learning-rate-scale=0")
        assert done.returncode == 0, done.stderr
        weights = checkpoint.read(tmp_path / steps / "checkpoint_last.pt").weights
        routers[steps] = {name: w for name, w in weights.items() if "router" in name}
    assert len(routers["1"]) == 2
    for name, weight in routers["1"].items():
        assert torch.equal(weight, routers["2"][name])


def test_a_finished_run_is_left_as_it_is(
    prepared_folder: Path, run_of: Callable[[str], Path]
) -> None:
    run = run_of("t5_tiny")
    before = metrics(run, "train") + metrics(run, "valid")
    assert train(*arguments(prepared_folder, run, "t5_tiny")).returncode == 0
    assert metrics(run, "train") + metrics(run, "valid") == before


@pytest.fixture
def broken(prepared_folder: Path, tmp_path: Path) -> Path:
    """A copy of the data that a test may break."""
    return shutil.copytree(prepared_folder, tmp_path / "data")


def assert_refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode == 2
    last = done.stderr.splitlines()[-1]
    assert last.startswith("error: ")
    assert all(word in last for word in words), last
    assert "Traceback" not in done.stderr


def test_missing_data(tmp_path: Path) -> None:
    done = train(*arguments(tmp_path / "nowhere", tmp_path / "run", "t5_tiny"))
    assert_refused(done, "nowhere", "mswitch prepare")
    assert not (tmp_path / "run" / "metrics.jsonl").exists()


def test_broken_dictionary(broken: Path, tmp_path: Path) -> None:
    (broken / "tokenizer" / "dict.txt").write_text("<pad> 0\nrubbish\n")
    assert_refused(train(*arguments(broken, tmp_path / "run", "t5_tiny")), "dict.txt")


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--capacity-factor", "-1"], ["capacity factor '-1'"]),
        (["--arch", "switch_huge"], ["switch_huge"]),
    ],
)
def test_wrong_flags(
    prepared_folder: Path, tmp_path: Path, flags: list[str], words: list[str]
) -> None:
    command = arguments(prepared_folder, tmp_path / "run", "switch_tiny")
    assert_refused(train(*command, *flags), *words)


def test_starting_from_another_run_s_weights(
    prepared_folder: Path, run_of: Callable[[str], Path], tmp_path: Path
) -> None:
    """At learning rate 0 the weights stay what they were: validation shows whose they are."""
    whole, saved = run_of("switch_tiny"), tmp_path / "saved.pt"
    checkpoint.write(saved, checkpoint.read(whole / "checkpoint_last.pt"))
    command = arguments(prepared_folder, tmp_path / "run", "switch_tiny")
    more = [f"--finetune-from-model={saved}", "--lr=0", "--max-update=1", "--seed=6"]
    done = train(*command, *more)
    assert done.returncode == 0, done.stderr
    assert [line["step"] for line in metrics(tmp_path / "run", "train")] == [1]
    found, expected = (metrics(run, "valid")[-1]["languages"] for run in (tmp_path / "run", whole))
    for code, sums in expected.items():
        assert found[code]["nll_sum"] == pytest.approx(sums["nll_sum"], rel=1e-6)


def test_weights_of_another_model_are_refused(
    prepared_folder: Path, run_of: Callable[[str], Path], tmp_path: Path
) -> None:
    command = arguments(prepared_folder, tmp_path / "run", "t5_tiny")
    start = f"--finetune-from-model={run_of('switch_tiny') / 'checkpoint_last.pt'}"
    done = train(*command, start)
    assert_refused(done, "feed_forward.wi.weight is missing in the checkpoint and (256, 64) in")


def page_faults(how: str) -> int:
    command = [sys.executable, "-c", ALLOCATING, how]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc's allocator")
def test_freed_memory_is_used_again() -> None:
    assert page_faults("keep") < 8192 < page_faults("as it is")
