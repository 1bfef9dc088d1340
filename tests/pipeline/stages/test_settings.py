import argparse
import math
from dataclasses import dataclass

import pytest

from langs.errors import InputError
from pipeline.stages import options, settings
from pipeline.stages.settings import setting


@dataclass
class Config:
    steps: int = setting(100, "updates", least=1, flag="--max-update", group="Length")
    share: float = setting(0.5, "share", least=0, below=1, by_language=True, source="a paper")
    rate: float = setting(0.1, "rate", above=0)
    probability: float = setting(0.7, "probability", least=0, most=1)
    unit: str = setting("pages", "unit", choices=("pages", "bytes"))
    optimizer: str = setting("adamw", "optimizer", choices=("adamw", "sgd"), item="NAME")
    name: str | None = setting(None, "name", unset="that of the model", flag=("--name", "--called"))
    fast: bool = setting(False, "fast", flag="--fast")
    limits: list[float] = setting([], "limits", least=0, item="N")
    buckets: int = setting(4, "buckets", changes_output=False)


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"steps": 0}, "steps is 0: it must be at least 1"),
        ({"share": 1.0}, "share is 1.0: it must be at least 0 and below 1"),
        ({"rate": 0.0}, "rate is 0.0: it must be above 0"),
        ({"probability": 1.5}, "probability is 1.5: it must be from 0 to 1"),
        ({"rate": math.nan}, "rate is nan: give a finite number"),
        ({"unit": "words"}, "unit is 'words': use one of pages, bytes"),
        ({"optimizer": "x"}, "optimizer is 'x': use one of adamw, sgd"),
        ({"limits": [0.1, -1.0]}, "limits is [0.1, -1.0]: it must be at least 0"),
    ],
)
def test_a_value_out_of_range_is_told(wrong: dict, line: str) -> None:
    settings.check(Config())
    with pytest.raises(InputError) as caught:
        settings.check(Config(**wrong))
    assert str(caught.value) == line


def test_flags_are_those_of_the_values() -> None:
    assert settings.flags(Config()) == ["--max-update", "100"]
    config = Config(steps=3, name="x", fast=True)
    assert settings.flags(config) == [
        *("--max-update", "3", "--name", "x", "--called", "x", "--fast"),
    ]


def test_marks_name_settings() -> None:
    assert settings.named(Config, "by_language") == ("share",)
    assert "buckets" not in settings.named(Config, "changes_output")


def test_a_fingerprint_has_the_values_that_change_the_output() -> None:
    @dataclass
    class Whole:
        seed: int
        part: Config

    values = settings.output_values(Whole(3, Config(steps=7)))
    assert values["seed"] == 3
    assert values["part"]["steps"] == 7
    assert "buckets" not in values["part"]


def test_lists_are_not_shared() -> None:
    Config().limits.append(1.0)
    assert Config().limits == []


def test_options_have_the_defaults_and_are_read_back() -> None:
    parser = argparse.ArgumentParser()
    options.add(parser, Config(steps=7), without=("buckets",))
    assert options.read(parser.parse_args([]), Config) == Config(steps=7)
    words = ["--fast", "--limits", "1", "2", "--name", "x", "--unit", "bytes", "--share", "0.25"]
    expected = Config(steps=7, fast=True, limits=[1.0, 2.0], name="x", unit="bytes", share=0.25)
    assert options.read(parser.parse_args(words), Config) == expected
    shown = " ".join(parser.format_help().split())
    assert "updates (default: 7)" in shown
    assert "name (default: that of the model)" in shown
    assert "--unit {pages,bytes}" in shown
    assert "--optimizer NAME" in shown
    assert "--buckets" not in shown


def test_changes_leave_the_rest_of_a_preset() -> None:
    presets = {"a": Config(), "b": Config(steps=9)}
    parser = argparse.ArgumentParser()
    options.add_changes(parser, presets)
    assert "updates (100 / 9)" in " ".join(parser.format_help().split())
    arguments = parser.parse_args(["--share", "0.1", "--no-fast"])
    assert options.changed(arguments, presets["b"]) == Config(steps=9, share=0.1)


def test_the_table_tells_default_range_and_help() -> None:
    rows = settings.table(Config())
    assert rows[0] == ("`steps`", "`100`", "at least 1", "updates", "")
    assert rows[1][-1] == "a paper"
    assert rows[4] == ("`unit`", "`pages`", "`pages`, `bytes`", "unit", "")
    assert rows[6] == ("`name`", "that of the model", "", "name", "")
