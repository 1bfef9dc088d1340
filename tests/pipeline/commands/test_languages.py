import argparse
import json
from pathlib import Path

import pytest

from langs.errors import InputError
from pipeline.commands import languages


def run(*words: str) -> None:
    command = languages.COMMANDS["languages"]
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    command.run(parser.parse_args(words), [])


def test_prints_a_line_for_every_task(capsys: pytest.CaptureFixture[str]) -> None:
    run()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + 107
    assert lines[0].split()[:2] == ["code", "name"]
    assert any(line.startswith("ru-Latn ") for line in lines)


def test_filters_by_script_and_family(capsys: pytest.CaptureFixture[str]) -> None:
    run("--script", "cyrl", "--family", "Turkic")
    codes = [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]]
    assert codes == ["kk", "ky"]


def test_writes_the_same_as_data(tmp_path: Path) -> None:
    run("--family", "Koreanic", "--json", str(tmp_path / "korean.json"))
    data = json.loads((tmp_path / "korean.json").read_text(encoding="utf-8"))
    assert [row["code"] for row in data["languages"]] == ["ko"]
    assert data["languages"][0]["own_name"] == "한국어"


@pytest.mark.parametrize("words", [["--script", "Xxxx"], ["--family", "Turkik"]])
def test_unknown_filter_names_the_known_ones(words: list[str]) -> None:
    with pytest.raises(InputError, match="use one of"):
        run(*words)


def test_nothing_left_is_an_input_error() -> None:
    with pytest.raises(InputError, match=r"Thai.*Turkic"):
        run("--script", "Thai", "--family", "Turkic")
