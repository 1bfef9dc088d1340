"""`mswitch score` from files to the folder."""

import json
from pathlib import Path

import pytest

from models.generation.translation_scores import chrf_plus_plus
from pipeline import cli
from pipeline.commands import score

FILES = {
    "README.md", "_SUCCESS.json", "directions.csv", "groups.csv", "index.html", "score.json",
}  # fmt: skip
RIGHT = ["Tous les êtres humains naissent libres.", "Il pleut.", "Où est-il ?"]
DENSE = ["Tous les humains naissent.", "Il pleut.", "Où ?"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files that the examples of the help name."""
    monkeypatch.chdir(tmp_path)
    texts = {
        "out.txt": DENSE, "dense.txt": DENSE, "switch.txt": RIGHT, "fr.txt": RIGHT,
        "out/dense/en-fr.txt": DENSE, "out/switch/en-fr.txt": RIGHT,
        "runs/bitext/clean/test/en-fr.tsv": ["en\tfr", *(f"English\t{line}" for line in RIGHT)],
    }  # fmt: skip
    for name, lines in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("".join(f"{line}\n" for line in lines))
    return tmp_path


def test_the_examples_run(folder: Path) -> None:
    for number, line in enumerate(score.COMMANDS["score"].examples.splitlines()):
        command = line.split()[1:]
        if "--output" in command:
            command[-1] += str(number)
        assert cli.main(command) == 0, line
    assert {path.name for path in (folder / "scores2").iterdir()} == FILES


def test_prints_and_writes_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["score", "--hypotheses", "out.txt", "--references", "fr.txt", "--target", "fr"]
    assert cli.main([*command, "--json", "data.json"]) == 0
    data = json.loads((folder / "data.json").read_text())
    expected = chrf_plus_plus(DENSE, RIGHT)
    assert data["directions"]["fr"]["systems"]["out"]["chrf++"]["score"] == expected
    printed = capsys.readouterr().out
    assert f"{expected:.2f}" in printed
    assert data["directions"]["fr"]["signatures"]["bleu"] in printed


def test_the_same_again_is_skipped_and_other_input_is_not(folder: Path) -> None:
    command = ["score", "--hypotheses", "dense.txt", "switch.txt", "--references", "fr.txt"]
    command += ["--target", "fr", "--output", "scores"]
    assert cli.main(command) == 0
    before = (folder / "scores" / "index.html").stat().st_mtime_ns
    assert cli.main(command) == 0
    assert (folder / "scores" / "index.html").stat().st_mtime_ns == before
    for options, key, value in [
        (["--baseline", "switch"], "baseline", "switch"),
        (["--hypotheses", "a=dense.txt"], "systems", ["a"]),
    ]:
        assert cli.main([*command, *options]) == 0
        assert json.loads((folder / "scores" / "score.json").read_text())[key] == value
    assert cli.main([*command, "--source", "en"]) == 0
    assert "en-fr" in json.loads((folder / "scores" / "score.json").read_text())["directions"]


def test_a_damaged_report_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["score", "--hypotheses", "out.txt", "--references", "fr.txt", "--target", "fr"]
    command += ["--output", "scores"]
    assert cli.main(command) == 0
    capsys.readouterr()
    for content, message in (("{", "is damaged"), ('{"format": 1}', "is no score report")):
        (folder / "scores" / "score.json").write_text(content)
        assert cli.main(command) == 2
        error = capsys.readouterr().err
        assert f"score.json {message}" in error
        assert error.count("\n") == 1


def test_a_report_of_training_runs_is_not_replaced(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "report").mkdir()
    (folder / "report" / "_SUCCESS.json").write_text('{"fingerprint": {}, "summary": {}}')
    command = ["score", "--hypotheses", "out.txt", "--references", "fr.txt", "--target", "fr"]
    assert cli.main([*command, "--output", "report"]) == 2
    assert "report is not a report of this command" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--references fr.txt", "give --hypotheses FILE"),
        ("--references fr.txt --hypotheses out.txt --systems runs", "give --hypotheses FILE"),
        ("--references fr.txt --hypotheses out.txt", "give --target CODE"),
        ("--references runs --systems runs --source en", "--source goes with --hypotheses"),
        ("--references fr.txt --hypotheses none.txt --target fr", "none.txt: no such file"),
        ("--references fr.txt --hypotheses runs --target fr", "runs: is a directory"),
        (
            "--references fr.txt --hypotheses none.txt --target fr --output scores",
            "none.txt: no such file",
        ),
    ],
)
def test_wrong_choices_are_one_line(
    folder: Path, options: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["score", *options.split()]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not (folder / "scores").exists()


def test_the_result_is_shown_even_where_it_cannot_be_written(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["score", "--hypotheses", "out.txt", "--references", "fr.txt", "--target", "fr"]
    assert cli.main([*command, "--json", "nowhere/data.json"]) == 2
    assert "chrF2++|nrefs:1" in capsys.readouterr().out


def test_another_identifier(folder: Path) -> None:
    (folder / "mine.py").write_text("def german(text):\n    return 'de', 1.0\n")
    command = ["score", "--hypotheses", "out.txt", "--references", "fr.txt", "--target", "fr"]
    assert cli.main([*command, "--identifier", "mine.py:german", "--json", "data.json"]) == 0
    data = json.loads((folder / "data.json").read_text())
    assert data["directions"]["fr"]["systems"]["out"]["off_target"] == 1
