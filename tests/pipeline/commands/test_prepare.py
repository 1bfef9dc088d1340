import json
from pathlib import Path
from typing import Any

import pytest

from pipeline import cli
from pipeline.commands import prepare as command
from pipeline.prepare import language_mixture
from pipeline.prepare.config import PrepareConfig

COUNTS = {"train": {"documents": 2, "characters": 9, "bytes": 9}, "validation": {}}
MIXTURE = language_mixture.mixture(PrepareConfig(), {"en": COUNTS}, {"en": 30})


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the command hands to `prepare` the last time it is run."""
    caught: dict[str, Any] = {}

    def catch(corpus: Path, output: Path, config: PrepareConfig, **others: Any) -> dict[str, Any]:
        caught.update(corpus=corpus, output=output, config=config, **others)
        return MIXTURE

    monkeypatch.setattr("pipeline.prepare.job.prepare", catch)
    return caught


def test_defaults_are_those_of_the_configuration(call: dict[str, Any]) -> None:
    assert cli.main(["prepare", "--corpus", "c", "--output", "o"]) == 0
    assert call == {
        "corpus": Path("c"),
        "output": Path("o"),
        "config": PrepareConfig(),
        "tokenizer": None,
        "workers": 0,
        "beam_options": [],
    }


def test_the_mixture_is_printed_and_written_as_json(
    call: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = tmp_path / "mixture.json"
    assert cli.main(["prepare", "--corpus", "c", "--output", "o", "--json", str(made)]) == 0
    assert "English" in capsys.readouterr().out
    assert json.loads(made.read_text()) == MIXTURE


def test_options_reach_the_configuration_and_unknown_ones_beam(call: dict[str, Any]) -> None:
    options = "--unimax --max-epochs 2 --unit bytes --vocabulary-size 500 --flink_master=there:1"
    assert cli.main(["prepare", "--corpus", "c", "--output", "o", *options.split()]) == 0
    assert call["config"] == PrepareConfig(
        method="unimax", max_epochs=2, unit="bytes", vocabulary_size=500
    )
    assert call["beam_options"] == ["--flink_master=there:1"]


def test_examples_are_commands_that_parse(call: dict[str, Any]) -> None:
    for line in command.COMMANDS["prepare"].examples.strip().split("\n"):
        assert cli.main(line.split()[1:]) == 0


def test_a_missing_corpus_is_one_line_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "nothing"
    assert cli.main(["prepare", "--corpus", str(folder), "--output", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"error: {folder} is no folder")
    assert error.count("\n") == 1
