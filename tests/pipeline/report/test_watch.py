"""`mswitch evaluate --watch` over runs that grow between its looks."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import fake_runs
import pytest

from pipeline import cli
from pipeline.report import watch


def lines(experts: int, gain: float, seed: int = 1) -> list[bytes]:
    name = "switch_tiny" if experts else "t5_tiny"
    config = {"model": {"experts": experts}, "command": ["data", "--max-update", "200"]}
    header = fake_runs.header(
        architecture=name, experts=experts, seed=seed, config=config, parameters=1000 + experts
    )
    valid = [fake_runs.valid(s, s / 5, s * 1e7, en=-6 + s / 100 + gain) for s in (100, 200)]
    return [json.dumps(line).encode() + b"\n" for line in (header, *valid)]


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Callable[[Iterator[None]], list[float]]:
    """Between two looks the next step of a generator is done; no time passes."""

    def install(steps: Iterator[None]) -> list[float]:
        slept: list[float] = []

        def sleep(seconds: float) -> None:
            slept.append(seconds)
            next(steps)

        monkeypatch.setattr(watch.time, "sleep", sleep)
        return slept

    return install


def append(run: Path, content: bytes) -> None:
    run.mkdir(exist_ok=True)
    with (run / "metrics.jsonl").open("ab") as metrics:
        metrics.write(content)


def test_two_runs_from_nothing_to_their_end(
    tmp_path: Path,
    looks: Callable[[Iterator[None]], list[float]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    dense, switch, output = tmp_path / "dense", tmp_path / "switch", tmp_path / "report"
    first, *ours = lines(0, 0.0)
    their_first, *theirs = lines(8, 0.5)
    pages: list[str] = []

    def grow() -> Iterator[None]:
        append(dense, first[:20])  # half of the first line
        yield
        append(dense, first[20:] + ours[0])
        append(switch, their_first)
        yield
        assert not output.exists()
        append(switch, theirs[0])
        yield
        made = json.loads((output / "report.json").read_text())
        assert made["summary"]["model_steps"] == 100
        assert "step 100 of 200" in made["notes"][0]
        pages.append((output / "index.html").read_text())
        append(dense, ours[1])
        append(switch, theirs[1][:30])
        yield
        append(switch, theirs[1][30:])
        yield

    slept = looks(grow())
    command = ["evaluate", "--dense", str(dense), "--switch", str(switch)]
    assert cli.main([*command, "--output", str(output), "--watch", "7"]) == 0
    assert set(slept) == {7.0}
    made = json.loads((output / "report.json").read_text())
    assert made["summary"]["model_steps"] == 200
    assert made["notes"] == []
    assert (output / "index.html").read_text() not in pages
    assert list((output / "tensorboard" / "switch_tiny").iterdir())
    told = capsys.readouterr()
    assert "no such file" in told.err
    assert "the run has not started to write yet" in told.err
    assert "no validation yet" in told.err
    assert "report built; steps: t5_tiny 200, switch_tiny 200" in told.err
    assert told.out.endswith(f"Report: {output / 'index.html'}\n")


def test_models_without_a_validation_are_left_out_until_they_have_one(
    tmp_path: Path, looks: Callable[[Iterator[None]], list[float]]
) -> None:
    dense, switch, late = (tmp_path / name for name in ("dense", "switch", "late"))
    output = tmp_path / "report"
    append(dense, b"".join(lines(0, 0.0)))
    append(late, lines(4, 0.2)[0])

    def grow() -> Iterator[None]:
        assert not output.exists()  # the baseline alone is nothing to compare
        append(switch, b"".join(lines(8, 0.5)))
        yield
        made = json.loads((output / "report.json").read_text())
        assert list(made["models"]) == ["t5_tiny", "switch_tiny"]
        assert made["notes"] == [f"{late} has no validation yet."]
        append(late, b"".join(lines(4, 0.2)[1:]))
        yield

    looks(grow())
    board = tmp_path / "board"
    command = ["evaluate", str(switch), str(late), "--baseline", str(dense), "--watch"]
    assert cli.main([*command, "--output", str(output), "--tensorboard", str(board)]) == 0
    made = json.loads((output / "report.json").read_text())
    assert len(made["models"]) == 3
    assert not made["notes"]
    assert len(list(board.iterdir())) == 3  # "switch_tiny", then named by its experts
    assert not (output / "tensorboard").exists()


def test_ctrl_c_is_a_plain_end(
    tmp_path: Path,
    looks: Callable[[Iterator[None]], list[float]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    append(tmp_path / "dense", b"".join(lines(0, 0.0)[:2]))
    append(tmp_path / "switch", b"".join(lines(8, 0.5)[:2]))

    def interrupt() -> Iterator[None]:
        raise KeyboardInterrupt
        yield

    looks(interrupt())
    command = ["evaluate", "--dense", str(tmp_path / "dense"), "--switch"]
    command += [str(tmp_path / "switch"), "--output", str(tmp_path / "report"), "--watch"]
    assert cli.main(command) == 0
    told = capsys.readouterr()
    assert told.err.endswith("stopped; the same command watches on\n")
    assert "Report: " in told.out


def test_what_more_training_cannot_put_right_ends_the_watch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    append(tmp_path / "dense", lines(0, 0.0)[0] + b"broken\n")
    append(tmp_path / "switch", lines(8, 0.5)[0])
    command = ["evaluate", "--dense", str(tmp_path / "dense"), "--switch"]
    command += [str(tmp_path / "switch"), "--output", str(tmp_path / "report"), "--watch"]
    assert cli.main(command) == 2
    assert "line 2: not a JSON object" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--watch", "runs/a"], "put folders of runs before it"),
        (["--watch", "0"], "is not from 1 to 86400 seconds"),
        (["--watch", "nan"], "is not from 1 to 86400 seconds"),
        (["--tensorboard", "board"], "belongs to --watch"),
    ],
)
def test_wrong_options(
    options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["evaluate", "--dense", "a", "--switch", "b", "--output", "nowhere", *options]
    assert cli.main(command) == 2
    assert message in capsys.readouterr().err
