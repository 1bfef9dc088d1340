"""score.json as types: what is written is read again, and nothing else is."""

import json
from dataclasses import replace
from typing import Any

import pytest

from langs.errors import InputError
from pipeline.report.scores.score_report import (
    FORMAT,
    Bootstrap,
    Comparison,
    DirectionScores,
    Example,
    ExampleTranslation,
    OffTarget,
    Score,
    ScoreReport,
    Spread,
    Summary,
    SystemMeans,
    SystemScores,
    Wins,
)

COMPARISON = Comparison(1.5, (0.5, 2.5), 0.01, 1)
SCORES = {
    "bleu": Score(1.0, "1.0/1.0", Spread(1.1, 0.1), COMPARISON),
    "chrf": Score(2.0, None, Spread(2.1, 0.1), COMPARISON),
    "chrf++": Score(3.0),
}
SHARES = OffTarget(0.25, 0.5, {"fr": 3, "other": 1})
EXAMPLE = Example(7, "better", None, "Un.", {"dense": ExampleTranslation("Uh.", 40.0)})
REPORT = ScoreReport(
    format=FORMAT,
    baseline="dense",
    systems=["dense"],
    bootstrap=Bootstrap(1000, 12345),
    summary=Summary(1, 4, 0.0, {"dense": SystemMeans(SCORES, 0.25, 0.5, Wins(1, 0, 1, 0))}),
    groups={},
    directions={
        "fr": DirectionScores(
            None, "fr", 4, "unknown", "fr", "under 1 M pages", "Latin", None, "13a",
            {"bleu": "nrefs:1"}, SHARES, {"dense": SystemScores(SCORES, SHARES, 1)}, [EXAMPLE],
        )
    },
    left_out={"en-sw": "no references"},
    notes=["One."],
)  # fmt: skip


def written(report: ScoreReport) -> Any:
    return json.loads(json.dumps(report.to_json()))


def test_the_file_gives_the_report_again() -> None:
    assert ScoreReport.from_json(written(REPORT), "score.json") == REPORT


def test_the_keys_of_the_file() -> None:
    content = written(REPORT)
    system = content["directions"]["fr"]["systems"]["dense"]
    assert list(system) == [
        "bleu", "chrf", "chrf++", "off_target", "undecided", "languages", "empty",
    ]  # fmt: skip
    assert system["bleu"] == {
        "score": 1.0, "verbose_score": "1.0/1.0", "mean": 1.1, "ci": 0.1, "difference": 1.5,
        "interval": [0.5, 2.5], "p_value": 0.01, "significant": 1,
    }  # fmt: skip
    assert system["chrf++"] == {"score": 3.0}
    means = content["summary"]["systems"]["dense"]
    assert (means["better"], means["significantly_worse"]) == (1, 0)
    example = content["directions"]["fr"]["examples"][0]
    assert example["source"] is None
    assert example["systems"] == {"dense": {"text": "Uh.", "chrf++": 40.0}}


def test_one_system_has_no_bootstrap() -> None:
    content = written(replace(REPORT, bootstrap=None))
    assert content["bootstrap"] is None
    assert ScoreReport.from_json(content, "score.json").bootstrap is None


@pytest.mark.parametrize(
    ("keys", "value", "message"),
    [
        ([], None, r"score.json is no score report \(the whole is 'None'\); make it again"),
        (["format"], 0, "score.json has format 0, not 1; make it again"),
        (["baseline"], 1, r"\(baseline is '1'\)"),
        (["summary", "systems", "dense", "chrf", "score"], "2", "summary.systems.dense.chrf.score"),
        (
            ["summary", "systems", "dense", "chrf", "interval"],
            [1],
            "has 1 entries, not 2",
        ),
        (["directions", "fr", "examples"], {}, r"directions.fr.examples is '\{\}'"),
    ],
)
def test_an_old_or_damaged_file_is_refused(keys: list[str], value: Any, message: str) -> None:
    content = place = written(REPORT)
    for key in keys[:-1]:
        place = place[key]
    if keys:
        place[keys[-1]] = value
    with pytest.raises(InputError, match=message):
        ScoreReport.from_json(content if keys else value, "score.json")


def test_a_missing_key_is_named() -> None:
    content = written(REPORT)
    del content["directions"]["fr"]["tokenizer"]
    with pytest.raises(InputError, match=r"directions\.fr\.tokenizer is missing"):
        ScoreReport.from_json(content, "score.json")
