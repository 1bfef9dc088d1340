from pathlib import Path

import fake_runs
import pytest

from pipeline.evaluate.runs.completion import is_complete, planned_steps, unfinished
from pipeline.evaluate.runs.metrics import read_run

HEADER = fake_runs.header(config={"command": ["data", "--max-update", "200"]})
VALID = [fake_runs.valid(step, step / 5, 1e9, en=-5.0) for step in (100, 200)]


@pytest.mark.parametrize(
    ("command", "steps"),
    [(["--max-update", "200"], 200), (["--max-update=200"], 200), (["--max-update", "0"], None)],
)
def test_planned_steps(command: list[str], steps: int | None) -> None:
    assert planned_steps(fake_runs.header(config={"command": command})) == steps


def test_a_run_that_does_not_say_how_long_it_will_be() -> None:
    assert planned_steps(fake_runs.header()) is None


def test_complete_when_the_last_planned_step_is_validated(tmp_path: Path) -> None:
    assert not is_complete(tmp_path)
    run = fake_runs.write_run(tmp_path, HEADER, VALID[0])
    assert not is_complete(run)
    with (run / "metrics.jsonl").open("a") as metrics:
        metrics.write('{"kind": "valid", "step": 200, "lang')
    assert not is_complete(run)
    assert is_complete(fake_runs.write_run(tmp_path, HEADER, *VALID))


@pytest.mark.parametrize("content", ["", '{"kind": "ru', "null\n", "[]\n"])
def test_a_run_that_has_only_begun_to_write(tmp_path: Path, content: str) -> None:
    (tmp_path / "metrics.jsonl").write_text(content)
    assert not is_complete(tmp_path)


def test_complete_when_pretrain_says_so(tmp_path: Path) -> None:
    run = fake_runs.write_run(tmp_path, fake_runs.header(), VALID[0])
    assert not is_complete(run)
    (run / "_SUCCESS.json").write_text("{}")
    assert is_complete(run)


def test_unfinished_runs_are_named_with_their_steps(tmp_path: Path) -> None:
    going_on = read_run(fake_runs.write_run(tmp_path / "a", HEADER, VALID[0]))
    ended = read_run(fake_runs.write_run(tmp_path / "b", HEADER, *VALID))
    (note,) = unfinished([going_on, ended])
    assert note.startswith(f"{tmp_path / 'a'} has come to step 100 of 200")
