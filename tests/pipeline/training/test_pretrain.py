"""The stage around training; the training itself is a stand-in here (see tests/models)."""

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import models.tasks  # noqa: F401  (before anything of fairseq)

# isort: split
import pytest
from fairseq import options

from langs.errors import InputError
from models.network.architectures import architecture
from models.network.options import config_from_options
from models.network.transformer import Transformer
from models.weights import checkpoint
from pipeline.stages import folders
from pipeline.training.pretrain import PretrainConfig, flags, model_flags, pretrain

TRAINER = """
import json, os, sys, time
from pathlib import Path

folder = Path(sys.argv[sys.argv.index("--save-dir") + 1])
with (folder / "calls.jsonl").open("a") as file:
    file.write(json.dumps(sys.argv[1:]) + "\\n")
print("level", os.environ["LOGLEVEL"])
(folder / "pid").write_text(str(os.getpid()))

def save(step):
    import torch
    state = {"optimizer_history": [{"num_updates": step}]}
    torch.save(state, folder / "checkpoint_last.pt")
"""
TO_ITS_END = "save(int(sys.argv[sys.argv.index('--max-update') + 1]))"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with folders.partial_folder(tmp_path / "data" / "shards") as folder:
        folders.mark_complete(folder, {"configuration": 1}, {})
    return tmp_path / "data"


@pytest.fixture
def trainer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a stand-in with this last line into the place of `models.train`."""
    package = tmp_path / "path" / "models"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    places = [str(package.parent), os.environ.get("PYTHONPATH", ""), str(Path(__file__).parents[3])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(place for place in places if place))

    def replace(last_line: str = TO_ITS_END) -> None:
        (package / "train.py").write_text(TRAINER + last_line + "\n")

    replace()
    return replace


def calls(run: Path) -> list[list[str]]:
    return [json.loads(line) for line in (run / "calls.jsonl").read_text().splitlines()]


def test_flags_name_every_setting() -> None:
    config = PretrainConfig(
        model="switch_mini", experts=8, steps=7, optimizer="adamw", fairseq=["--bf16"]
    )
    made = [*model_flags(config), *flags(config, Path("run"))]
    pairs = dict(itertools.pairwise(made))
    assert pairs["--arch"] == "switch_mini"
    assert pairs["--experts"] == "8"
    assert pairs["--max-update"] == "7"
    assert pairs["--optimizer"] == "fused_adamw"
    assert pairs["--warmup-init-lr"] == pairs["--lr"] == "0.01"
    assert pairs["--tensorboard-logdir"] == "run/tensorboard"
    assert made[-1] == "--bf16"
    assert "--capacity-factor" not in made
    assert "None" not in made


def test_a_linear_schedule_ends_at_the_last_step() -> None:
    config = PretrainConfig(schedule="linear", steps=70)
    pairs = dict(itertools.pairwise(flags(config, Path("run"))))
    assert pairs["--lr-scheduler"] == "polynomial_decay"
    assert pairs["--total-num-update"] == "70"
    assert "--warmup-init-lr" not in pairs


def test_only_one_schedule_starts_elsewhere_than_at_0(data: Path, tmp_path: Path) -> None:
    config = PretrainConfig(schedule="linear", start_learning_rate=0.01)
    with pytest.raises(InputError, match="schedule linear starts from 0"):
        pretrain(data, tmp_path / "run", config)


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """A checkpoint of a model that has no name."""
    shape = replace(architecture("switch_tiny"), vocabulary_size=30, experts=2, d_ff=40)
    model = replace(shape, capacity_factor=None, expert_widths=(16, 24), separate_output=True)
    checkpoint.write(
        tmp_path / "c.pt", checkpoint.Checkpoint("", model, Transformer(model).state_dict())
    )
    return tmp_path / "c.pt"


def test_a_checkpoint_gives_the_model_that_is_not_named(trained: Path) -> None:
    config = PretrainConfig(initialise_from=str(trained), capacity_factor="1.5")
    made = [*model_flags(config), *flags(config, Path("run"))]
    task = ["data", "--task", "multilingual_span_corruption"]
    parsed = options.parse_args_and_arch(options.get_training_parser(), [*task, *made])
    model = config_from_options(vars(parsed), 30)
    assert model == replace(checkpoint.read(trained).config, capacity_factor=1.5)
    assert parsed.finetune_from_model == str(trained)


def test_a_named_model_stays_that_model(trained: Path) -> None:
    made = model_flags(PretrainConfig(model="t5_tiny", initialise_from=str(trained)))
    assert made == ["--finetune-from-model", str(trained), "--arch", "t5_tiny"]


def test_a_run_is_another_one_with_another_checkpoint(
    data: Path, trained: Path, trainer: Callable[[str], None]
) -> None:
    config = PretrainConfig(initialise_from=str(trained))
    pretrain(data, data / "run", config)
    assert folders.read_summary(data / "run")["model"] == str(trained)
    weights = checkpoint.read(trained)
    weights.weights["embedding.weight"][3] += 1
    checkpoint.write(trained, weights)
    with pytest.raises(InputError, match="the input initialise_from has changed"):
        pretrain(data, data / "run", config)


def test_fairseq_knows_the_flags() -> None:
    """What `models.train` says to them, up to the point where it wants its data."""
    config = PretrainConfig(model="switch_tiny", experts=4, capacity_factor="none")
    made = [*model_flags(config), *flags(config, Path("nowhere"))]
    command = [sys.executable, "-m", "models.train", "nowhere", *made]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[3])
    assert "unrecognized arguments" not in done.stderr
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("error: nowhere")


@pytest.mark.parametrize(
    ("setting", "value"),
    [("optimizer", "sgd"), ("steps", 0), ("learning_rate", 0.0), ("warmup_steps", 0)],
)
def test_settings_out_of_range_are_refused(data: Path, setting: str, value: object) -> None:
    config = PretrainConfig()
    setattr(config, setting, value)
    with pytest.raises(InputError, match=setting):
        pretrain(data, data / "run", config)


def test_an_unknown_model_is_refused_and_leaves_no_folder(data: Path) -> None:
    with pytest.raises(InputError, match="unknown model 'switch_huge'; did you mean"):
        pretrain(data, data / "run", PretrainConfig(model="switch_huge"))
    assert not (data / "run").exists()


def test_fairseq_s_own_complaints_are_one_line() -> None:
    command = [sys.executable, "-m", "models.train", "nowhere", "--arch", "frob"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[3])
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("error: argument --arch/-a: invalid choice")
    assert "usage:" not in done.stderr


def test_missing_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="shards does not exist"):
        pretrain(tmp_path, tmp_path / "run", PretrainConfig())


def test_a_run_is_trained_once(
    data: Path, trainer: Callable[[str], None], capfd: pytest.CaptureFixture[str]
) -> None:
    run, config = data / "run", PretrainConfig(steps=7)
    pretrain(data, run, config)
    assert capfd.readouterr() == ("level WARNING\n", "")
    assert folders.read_summary(run) == {"model": "switch_tiny", "steps": 7}
    pretrain(data, run, config)
    assert "complete, nothing to do" in capfd.readouterr().err
    assert len(calls(run)) == 1
    assert calls(run)[0][0] == str(data)
    with pytest.raises(InputError, match="steps was 7 and is now 6"):
        pretrain(data, run, PretrainConfig(steps=6))


@pytest.mark.parametrize(
    ("last_line", "code", "said"),
    [
        ("sys.exit('error: no memory') ", 1, "error: training failed with exit code 1, see above"),
        ("print('error: bad flag', file=sys.stderr); sys.exit(2)", 2, "error: bad flag\n"),
        ("os.kill(os.getpid(), 9)", 137, "error: training was ended by SIGKILL"),
    ],
)
def test_failed_training_passes_its_code_on_and_can_be_continued(
    data: Path,
    trainer: Callable[[str], None],
    capfd: pytest.CaptureFixture[str],
    last_line: str,
    code: int,
    said: str,
) -> None:
    run, config = data / "run", PretrainConfig()
    trainer(last_line)
    with pytest.raises(SystemExit) as caught:
        pretrain(data, run, config)
    assert caught.value.code == code
    assert said in capfd.readouterr().err
    assert not (run / "_SUCCESS.json").exists()
    with pytest.raises(InputError, match="seed was 1 and is now 2"):
        pretrain(data, run, PretrainConfig(seed=2))
    trainer(TO_ITS_END)
    pretrain(data, run, config)
    assert len(calls(run)) == 2


def test_training_that_only_lacks_our_mark_is_not_started_again(
    data: Path, trainer: Callable[[str], None]
) -> None:
    trainer(f"{TO_ITS_END}; sys.exit(1)")
    with pytest.raises(SystemExit):
        pretrain(data, data / "run", PretrainConfig(steps=7))
    pretrain(data, data / "run", PretrainConfig(steps=7))
    assert len(calls(data / "run")) == 1


@pytest.mark.parametrize(("last_line", "step"), [("save(153)", "153"), ("", "0")])
def test_a_run_that_stopped_early_is_not_complete_whatever_the_exit_code(
    data: Path, trainer: Callable[[str], None], last_line: str, step: str
) -> None:
    run = data / "run"
    trainer(last_line)
    config = PretrainConfig(steps=3000, fairseq=["--stop-time-hours", "1", "--bf16"])
    with pytest.raises(InputError, match=f"stopped at step {step} of 3,000.*stop-time-hours"):
        pretrain(data, run, config)
    assert not (run / "_SUCCESS.json").exists()
    trainer(TO_ITS_END)
    pretrain(data, run, replace(config, fairseq=["--bf16"]))
    assert folders.read_summary(run)["steps"] == 3000


def test_a_run_goes_on_to_more_steps(data: Path, trainer: Callable[[str], None]) -> None:
    run, config = data / "run", PretrainConfig(steps=7)
    pretrain(data, run, config)
    trainer("sys.exit(1)")
    for steps in (9, 11):  # from a complete run, and from one that is not
        with pytest.raises(SystemExit):
            pretrain(data, run, replace(config, steps=steps))
        assert not (run / "_SUCCESS.json").exists()
    with pytest.raises(InputError, match="seed was 1 and is now 2"):
        pretrain(data, run, replace(config, steps=12, seed=2))
    trainer(TO_ITS_END)
    pretrain(data, run, replace(config, steps=11))
    assert folders.read_summary(run)["steps"] == 11
    assert [call[call.index("--max-update") + 1] for call in calls(run)] == ["7", "9", "11", "11"]


def test_a_schedule_that_has_ended_says_why_it_cannot_go_on(
    data: Path, trainer: Callable[[str], None]
) -> None:
    run, config = data / "run", PretrainConfig(steps=7, schedule="linear")
    pretrain(data, run, config)
    with pytest.raises(InputError, match=r"started for 7 steps.*schedule linear.*go on to 9"):
        pretrain(data, run, replace(config, steps=9))
    assert folders.read_summary(run)["steps"] == 7


def start(data: Path) -> tuple[subprocess.Popen, int]:
    """`mswitch pretrain` in a process of its own, and the id of the training that it started."""
    command = [sys.executable, "-m", "pipeline.cli", "pretrain", "--data", str(data), "--output"]
    process = subprocess.Popen([*command, str(data / "run")], stderr=subprocess.PIPE, text=True)
    pid = data / "run" / "pid"
    deadline = time.monotonic() + 30
    while not (pid.exists() and pid.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return process, int(pid.read_text())


def wait_for_end(pid: int) -> None:
    deadline = time.monotonic() + 30
    while Path(f"/proc/{pid}").exists():
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)],
)
def test_training_never_outlives_the_command(
    data: Path, trainer: Callable[[str], None], number: signal.Signals, code: int
) -> None:
    trainer("time.sleep(60)")
    process, pid = start(data)
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert process.returncode == code
    assert "Traceback" not in said
    wait_for_end(pid)
