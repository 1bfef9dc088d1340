"""A whole run, small but with nothing left out: Beam, cld3, SentencePiece, fairseq, the report."""

import contextlib
import fcntl
import json
import os
import pty
import re
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from contract import section
from processes import descendants, wait_for_end

ROOT = Path(__file__).parents[3]
CONFIG = """
input: ['{root}/pipeline/sample/wet/sample-0000[01].warc.wet.gz']
output: run
preset: sample
corpus: {{languages: [de, en, fi, ru], min_pages_per_language: 1}}
prepare: {{vocabulary_size: 1000}}
pretrain:
  steps: 4
  batch_size: 8
  source_tokens: 32
  log_every: 2
  validate_every: 2
  validation_sequences: 4
  save_every: 2
switch: {{experts: 4}}
parallel: ['{root}/pipeline/sample/parallel/en-de.tsv.gz']
finetune: {{steps: 2, max_tokens: 512, validate_every: 2, validation_pairs: 4, translated_pairs: 2}}
translate: {{split: valid, beams: 1}}
"""
STAGES = ("corpus", "prepare", "dense", "switch", "report")
TRANSLATION = ("bitext", "dense", "switch", "dense", "switch", "scores")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole run")
    (path / "run.yaml").write_text(CONFIG.format(root=ROOT))
    return path


COMMAND = [sys.executable, "-m", "pipeline.cli", "run", "run.yaml"]


def mswitch_run(folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*COMMAND, *options], cwd=folder, capture_output=True, text=True)


def start(folder: Path, *options: str) -> "subprocess.Popen[str]":
    return subprocess.Popen([*COMMAND, *options], cwd=folder, stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def first(folder: Path) -> "subprocess.CompletedProcess[str]":
    return mswitch_run(folder, "--jobs", "2")


@pytest.fixture
def prepared(
    folder: Path, first: "subprocess.CompletedProcess[str]", tmp_path: Path
) -> Callable[..., Path]:
    """A function to a new folder in which these parts of the run are complete."""

    def copy(*names: str) -> Path:
        for name in names:
            shutil.copytree(folder / "run" / name, tmp_path / "run" / name)
        (tmp_path / "run.yaml").write_text((folder / "run.yaml").read_text())
        return tmp_path

    return copy


def test_a_run_goes_from_web_pages_to_the_report(
    folder: Path, first: "subprocess.CompletedProcess[str]"
) -> None:
    assert first.returncode == 0, first.stderr
    report = json.loads((folder / "run" / "report" / "report.json").read_text())
    assert set(report["languages"]) == {"de", "en", "fi", "ru"}
    assert report["summary"]["languages_compared"] == 4
    assert [report["runs"][side]["experts"] for side in ("baseline", "model")] == [0, 4]


def test_translators_of_both_models_are_scored_on_the_same_text(
    folder: Path, first: "subprocess.CompletedProcess[str]"
) -> None:
    scores = json.loads((folder / "run" / "translation" / "scores" / "score.json").read_text())
    assert set(scores["directions"]) == {"de-en", "en-de"}
    assert list(scores["summary"]["systems"]) == ["dense", "switch"]
    assert scores["baseline"] == "dense"


def test_a_run_writes_the_files_of_the_contract(
    folder: Path, first: "subprocess.CompletedProcess[str]"
) -> None:
    files = sorted(
        path.relative_to(folder / "run").as_posix()
        for path in (folder / "run").rglob("*")
        if path.is_file()
    )
    named = [re.sub(r"tfevents\..*", "tfevents.*", name) for name in files]
    assert named == section("files of a run")


def test_it_says_what_it_does_and_ends_with_the_summary(
    first: "subprocess.CompletedProcess[str]",
) -> None:
    for number, name in enumerate(STAGES + TRANSLATION, 1):
        assert f"[{number}/11] {name}: " in first.stderr
        assert f"[{number}/11] done in " in first.stderr
    assert "Languages better" in first.stdout
    assert "Report: run/report/index.html" in first.stdout.splitlines()
    assert first.stdout.splitlines()[-1] == "Scores: run/translation/scores/index.html"
    assert "\r" not in first.stdout + first.stderr


def test_the_second_time_everything_is_skipped(
    folder: Path, first: "subprocess.CompletedProcess[str]"
) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    second = mswitch_run(folder, "--jobs", "1")
    after = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    assert (second.returncode, second.stdout) == (0, first.stdout)
    assert "] done in" not in second.stderr
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert {path.name for path in changed if path.suffix != ".log"} <= {"config.yaml"}


def test_on_a_terminal_each_stage_has_a_line_while_it_goes_on(
    folder: Path, first: "subprocess.CompletedProcess[str]"
) -> None:
    code, shown = on_a_terminal([*COMMAND, "--jobs", "2"], folder)
    assert code == 0, shown
    assert "\x1b[?25l" in shown  # no cursor, as long as lines are written over
    assert shown.count("\x1b[?25h") == 1
    plain = re.sub(r"\x1b\[[0-9?]*[A-Za-z]", "", shown)
    assert "[4/11] switch: pretrain switch_tiny" in plain
    assert "[4/11] pretrain: run/switch is complete, nothing to do" in plain
    assert plain.replace("\r", "").endswith(first.stdout)


def on_a_terminal(command: list[str], folder: Path) -> tuple[int, str]:
    """The exit code, and all that it writes to a terminal of 120 columns."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(folder)
        os.execve(command[0], command, {**os.environ, "TERM": "xterm", "COLUMNS": "120"})
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    written = b""
    with contextlib.suppress(OSError):  # Linux says at the end that the other side has gone
        while more := os.read(terminal, 65536):
            written += more
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), written.decode()


def test_the_merged_file_gives_the_same_run(
    folder: Path, first: "subprocess.CompletedProcess[str]"
) -> None:
    (folder / "again.yaml").write_text((folder / "run" / "config.yaml").read_text())
    command = [sys.executable, "-m", "pipeline.cli", "run", "again.yaml"]
    again = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert (again.returncode, again.stdout) == (0, first.stdout)


def test_other_settings_are_refused_and_change_nothing(
    folder: Path, first: "subprocess.CompletedProcess[str]"
) -> None:
    kept = (folder / "run" / "config.yaml").read_text()
    other = mswitch_run(folder, "switch.experts=8")
    assert other.returncode == 2
    assert other.stderr.splitlines()[-1] == (
        "error: switch: run/switch was made differently: experts was 4 and is now 8; "
        "choose another --output or delete the folder (log: run/logs/switch.log)"
    )
    assert (folder / "run" / "config.yaml").read_text() == kept


def test_a_failing_stage_stops_the_others_and_has_the_last_word(
    prepared: Callable[..., Path],
) -> None:
    folder = prepared("corpus", "tokenizer", "shards", "dense", "switch")
    variants = ("variants.long.steps=5000", "variants.bad.initialise_from=nowhere.pt")
    result = mswitch_run(folder, "--jobs", "2", *variants)
    assert result.returncode == 2
    assert result.stderr.splitlines()[-1] == (
        "error: bad: nowhere.pt does not exist; check the path (log: run/logs/bad.log)"
    )
    assert result.stderr.count("nowhere.pt does not exist") == 1
    assert "long: pretrain" in result.stderr
    assert not (folder / "run" / "long" / "_SUCCESS.json").exists()
    assert "long: pretrain switch_tiny" in (folder / "run" / "logs" / "long.log").read_text()


def test_a_stage_that_is_killed_is_told_with_its_exit_code(prepared: Callable[..., Path]) -> None:
    folder = prepared("corpus", "tokenizer", "shards", "dense", "switch")
    process = start(folder, "--jobs", "2", "variants.long.steps=5000")
    lines = said_until(process, "long: pretrain")
    started = descendants(process.pid)
    stage = next(
        pid for pid in started if Path(f"/proc/{pid}/cmdline").read_bytes().endswith(b"\0long\0")
    )
    os.kill(stage, signal.SIGKILL)
    lines += process.communicate(timeout=60)[1].splitlines()
    assert process.returncode == 137
    assert lines[-1] == (
        "error: long: was ended by SIGKILL; the same command continues (log: run/logs/long.log)"
    )
    wait_for_end(started)


@pytest.mark.parametrize(
    ("number", "code", "line"),
    [
        (signal.SIGINT, 130, "interrupted; the same command continues or starts afresh"),
        (signal.SIGTERM, 143, "ended by SIGTERM; the same command continues"),
    ],
)
def test_signals_end_all_stages_with_one_line(
    tmp_path: Path, number: signal.Signals, code: int, line: str
) -> None:
    (tmp_path / "run.yaml").write_text(CONFIG.format(root=ROOT))
    process = start(tmp_path)
    said_until(process, "corpus: 2 files")
    started = descendants(process.pid)
    process.send_signal(number)
    rest = process.communicate(timeout=60)[1]
    assert process.returncode == code
    assert rest.splitlines()[-1] == line
    assert "Traceback" not in rest
    assert "error" not in rest
    assert started
    wait_for_end(started)


def test_a_run_that_was_killed_goes_on_to_the_same_models(
    folder: Path, prepared: Callable[..., Path]
) -> None:
    other = prepared("corpus", "tokenizer", "shards")
    process = start(other, "--jobs", "2", "parallel=[]")
    while not (other / "run" / "switch" / "checkpoint_1_2.pt").exists():
        assert process.poll() is None
        time.sleep(0.01)
    started = descendants(process.pid)
    process.kill()
    process.communicate()
    assert len(started) >= 2
    wait_for_end(started)
    result = mswitch_run(other, "--jobs", "2", "parallel=[]")
    assert result.returncode == 0, result.stderr
    for name in ("dense", "switch"):
        once, twice = folder / "run" / name, other / "run" / name
        assert losses(twice) == losses(once)
        for file in ("validation.npz", *(["routing.npz"] if name == "switch" else [])):
            expected, values = np.load(once / file), np.load(twice / file)
            assert list(values) == list(expected)
            assert all(np.array_equal(values[key], expected[key]) for key in expected)


def said_until(process: "subprocess.Popen[str]", text: str) -> list[str]:
    """The lines on standard error up to the first one with this text."""
    assert process.stderr is not None
    lines: list[str] = []
    while not (lines and text in lines[-1]):
        lines.append(process.stderr.readline().rstrip("\n"))
        assert process.poll() is None, lines
    return lines


def losses(run: Path) -> list[tuple[str, int, object]]:
    """Kind, step and loss of each line of a run's metrics."""
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()[1:]]
    return [(line["kind"], line["step"], line.get("loss", line.get("languages"))) for line in lines]


def test_further_seeds_and_variants_are_trained_and_compared(
    folder: Path, first: "subprocess.CompletedProcess[str]"
) -> None:
    """The shards of the first run serve again; only what is new is trained."""
    (folder / "run.yaml").write_text(
        CONFIG.format(root=ROOT) + "further_seeds: [2]\nvariants: {experts-2: {experts: 2}}\n"
    )
    result = mswitch_run(folder)
    assert result.returncode == 0, result.stderr
    for number, name in enumerate(("dense-seed2", "switch-seed2", "experts-2", "comparison"), 5):
        assert f"[{number}/15] {name}: " in result.stderr
    report = json.loads((folder / "run" / "comparison" / "report.json").read_text())
    assert sorted((model["experts"], model["seeds"]) for model in report["models"].values()) == [
        (0, [1, 2]), (2, [1]), (4, [1, 2]),
    ]  # fmt: skip
