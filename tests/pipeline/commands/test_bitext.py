import json
from pathlib import Path
from typing import Any

import pytest

from pipeline import cli
from pipeline.commands import bitext as command
from pipeline.translation.bitext.config import BitextConfig

CONTENT = {
    "mixture": {},
    "removed": {
        "total": {"read": 3, "removed": {"copy": 1}, "kept": {"train": 2, "valid": 0, "test": 0}},
        "unreadable": {},
        "pairs": {},
    },
}


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the command hands to `make_bitext` the last time it is run."""
    caught: dict[str, Any] = {}

    def catch(*arguments: Any) -> dict[str, Any]:
        names = ("specs", "data", "output", "config", "held_out", "workers", "beam_options")
        caught.update(zip(names, arguments, strict=True))
        return CONTENT

    monkeypatch.setattr("pipeline.translation.bitext.job.make_bitext", catch)
    return caught


def test_defaults_are_those_of_the_configuration(call: dict[str, Any]) -> None:
    assert cli.main(["bitext", "--input", "a", "b", "--data", "d", "--output", "o"]) == 0
    assert call["config"] == BitextConfig()
    assert (call["specs"], call["data"], call["output"]) == (["a", "b"], Path("d"), Path("o"))
    assert (call["held_out"], call["workers"], call["beam_options"]) == ([], 0, [])


def test_options_reach_the_stage_and_the_result_a_file(
    call: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--directions", "en-*", "*-en", "--unimax", "--max-epochs", "2", "--unit", "tokens"]
    options += ["--test-share", "0.1", "--held-out", "t.en", "--workers", "2", "--runner=X"]
    options += ["--json", str(tmp_path / "made.json")]
    assert cli.main(["bitext", "--input", "a", "--data", "d", "--output", "o", *options]) == 0
    config = BitextConfig(
        directions=["en-*", "*-en"], method="unimax", max_epochs=2, unit="tokens", test_share=0.1
    )
    assert call["config"] == config
    assert (call["held_out"], call["workers"], call["beam_options"]) == (
        ["t.en"],
        2,
        ["--runner=X"],
    )
    assert json.loads((tmp_path / "made.json").read_text()) == CONTENT
    assert "all      3     1      2      0     0" in capsys.readouterr().out


def test_examples_name_files_that_ship() -> None:
    assert "pipeline/sample/parallel/en-de.tsv.gz" in command.COMMANDS["bitext"].examples
    assert (Path(__file__).parents[3] / "pipeline/sample/parallel/en-de.tsv.gz").is_file()
