import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from pipeline import cli
from pipeline.commands import sample as command
from pipeline.prepare import language_mixture
from pipeline.prepare.config import SampleConfig

MIXTURE = language_mixture.described(SampleConfig(), {"en": 2}, {"en": 30}, {"en": 15})


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the command hands to `sample`."""
    caught: list[Any] = []
    monkeypatch.setattr("pipeline.prepare.resample.sample", lambda *a: caught.append(a) or MIXTURE)
    return caught


def test_defaults_are_those_of_the_configuration(calls: list[Any]) -> None:
    assert cli.main(["sample", "--corpus", "c", "--output", "o"]) == 0
    assert calls == [(Path("c"), Path("o"), SampleConfig(), None, 1, [])]


def test_examples_are_commands_that_parse(calls: list[Any], tmp_path: Path, capsys: Any) -> None:
    for line in command.COMMANDS["sample"].examples.replace("\\\n", "").strip().split("\n"):
        assert cli.main(shlex.split(line)[1:]) == 0
    assert calls[0][2].budget == 20_000_000
    assert calls[2][2] == SampleConfig("unimax", 0.3, 2, "tokens", 5_000_000, "tokens")
    made = tmp_path / "made.json"
    assert cli.main(["sample", "--corpus", "c", "--output", "o", "--json", str(made)]) == 0
    assert json.loads(made.read_text()) == MIXTURE
    assert "English" in capsys.readouterr().out
