"""The content of report.json as types: there and back, and refused where it is no report."""

import json
from pathlib import Path
from typing import Any

import fake_runs
import pytest

from langs.errors import InputError
from pipeline.evaluate.comparison import build_comparison, build_pair
from pipeline.evaluate.report import Report
from pipeline.evaluate.runs.metrics import Run, read_run


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Run, Run]:
    dense, switch = fake_runs.write_realistic_pair(tmp_path, languages=3, validations=3)
    return read_run(dense), read_run(switch)


def read(content: Any) -> Report:
    return Report.from_json(content, "here/report.json")


def test_both_kinds_there_and_back(pair: tuple[Run, Run]) -> None:
    for report in (build_pair(*pair), build_comparison(pair, pair[0])):
        assert read(json.loads(json.dumps(report.to_json()))) == report


def test_a_file_of_two_runs_repeats_their_figures(pair: tuple[Run, Run]) -> None:
    content = build_pair(*pair).to_json()
    model = content["models"]["model"]
    assert content["summary"]["mean_gain"] == model["against_baseline"]["mean_gain"]
    assert content["summary"]["model"] == model["quality"]
    assert content["summary"]["baseline_steps"] == 300
    for entry in content["languages"].values():
        assert entry["gain"] == entry["models"]["model"]["gain"]
        assert set(entry["baseline"]) == {"neg_log_perplexity", "bits_per_byte", "perplexity"}


def test_an_older_file_is_to_be_made_again(pair: tuple[Run, Run]) -> None:
    content = build_pair(*pair).to_json() | {"format": 5}
    said = r"here/report\.json has format 5, not \d; delete its folder to make it again"
    with pytest.raises(InputError, match=said):
        read(content)


@pytest.mark.parametrize("content", [3, {}, {"models": []}])
def test_another_file_is_to_be_made_again(content: Any) -> None:
    with pytest.raises(InputError, match=r"here/report\.json .*make it again"):
        read(content)


def test_a_damaged_figure_is_named(pair: tuple[Run, Run]) -> None:
    content = build_pair(*pair).to_json()
    content["models"]["model"]["quality"]["perplexity"] = "low"
    with pytest.raises(InputError, match=r"models\.model\.quality\.perplexity is 'low'"):
        read(content)
