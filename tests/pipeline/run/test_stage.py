"""A stage in a process of its own: what it is told, what it says, how it ends."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from pipeline.run import plan
from pipeline.run.config import RunConfig, to_yaml
from pipeline.run.stage import Stage
from pipeline.run.step import Step


@pytest.fixture
def config(tmp_path: Path) -> RunConfig:
    return RunConfig(input=[str(tmp_path / "no*.wet")], output=str(tmp_path / "run"))


def step(config: RunConfig, name: str) -> Step:
    return next(step for step in plan.steps(config) if step.name == name)


def start(config: RunConfig, name: str) -> Stage:
    log = Path(config.output) / "logs" / f"{name}.log"
    return Stage(step(config, name), to_yaml(config), log, dict(os.environ))


def test_a_stage_that_fails_says_why_in_its_log_and_as_its_error(config: RunConfig) -> None:
    stage = start(config, "corpus")
    assert stage.wait(60) == 2
    assert list(stage.said()) == []
    assert "no*.wet" in stage.error
    heading, line = stage.log.read_text().splitlines()
    assert heading.endswith("  corpus: web pages to clean documents by language")
    assert line == f"error: {stage.error}"
    assert not stage.made


def test_a_log_goes_on_where_it_ended_and_old_lines_are_not_said_again(config: RunConfig) -> None:
    log = Path(config.output) / "logs" / "corpus.log"
    log.parent.mkdir(parents=True)
    log.write_text("said before\nerror: of before\n")
    stage = start(config, "corpus")
    stage.wait(60)
    assert list(stage.said()) == []
    assert "of before" not in stage.error
    assert log.read_text().startswith("said before\nerror: of before\n")


def test_faults_of_ours_leave_their_traceback_in_the_log(config: RunConfig) -> None:
    broken = Step("nowhere", "no such step", Path(config.output) / "x", (), lambda: None)
    stage = Stage(broken, to_yaml(config), Path(config.output) / "x.log", dict(os.environ))
    assert stage.wait(60) == 1
    said = list(stage.said())
    assert said[0].startswith("Traceback")
    assert said[-1] == "KeyError: 'nowhere'"
    assert stage.error == ""


def test_lines_are_said_whole_also_the_last_without_an_end(
    config: RunConfig, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / "python"
    script.write_text(
        "#!/bin/sh\nprintf 'one\\ntw'; sleep 1.5; "
        "printf 'o\\r50 %%\\r99 %%\\nerror: \\377 bad\\nend'; exit 3\n"
    )
    script.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(script))
    stage = start(config, "corpus")
    said: list[str] = []
    while not said:
        said += stage.said()
        time.sleep(0.02)
    assert said == ["one"]
    assert stage.wait(60) == 3
    assert list(stage.said()) == ["99 %", "end"]
    assert stage.error == "\N{REPLACEMENT CHARACTER} bad"


def test_it_has_its_variables_and_no_signals_of_the_terminal(
    config: RunConfig, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / "python"
    script.write_text('#!/bin/sh\necho "$MARK $(cat | head -n 1)"; exec sleep 60\n')
    script.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(script))
    log = tmp_path / "x.log"
    stage = Stage(step(config, "corpus"), "a: b\n", log, {**os.environ, "MARK": "here"})
    said: list[str] = []
    while not said:
        said += stage.said()
        time.sleep(0.02)
    assert said == ["here a: b"]
    pid = stage._process.pid
    assert os.getpgid(pid) == os.getsid(pid) == pid
    with pytest.raises(subprocess.TimeoutExpired):
        stage.wait(0)
    stage.terminate()
    assert stage.wait(10) == -signal.SIGTERM
    stage.kill()  # nothing to do any more
