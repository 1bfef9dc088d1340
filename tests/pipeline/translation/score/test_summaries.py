"""Directions, groups and the pooled bootstrap, held against plain loops over sacreBLEU."""

from statistics import fmean

import numpy as np
import pytest

from models.generation.translation_scores import chrf_plus_plus
from pipeline.report.scores.score_report import OffTarget, Score, ScoreReport
from pipeline.translation.score.bootstrap import DRAWS, SEED
from pipeline.translation.score.direction_scores import Scored, score_direction
from pipeline.translation.score.summaries import mean_draws, score_report
from pipeline.translation.score.system_files import Translations

ENGLISH = ["All people are born free.", "Rain falls.", "Where is it?", "It is late.", "Go home."]
FRENCH = ["Tous naissent libres.", "Il pleut.", "Où est-il ?", "Il est tard.", "Rentre."]
SWAHILI = ["Watu wote huzaliwa huru.", "Mvua inanyesha.", "Iko wapi?", "Ni usiku."]


def identify(line: str) -> tuple[str | None, float]:
    """Knows the French lines; all others are English."""
    if not line:
        return None, 0.0
    return ("fr", 0.9) if line in FRENCH else ("en", 0.9)


def translations(source: str, target: str, sources: list[str], right: list[str]) -> Translations:
    """Of every line a baseline gives two thirds, and a system all but the last letter.

    Of the last line that system gives nothing.
    """
    hypotheses = {
        "dense": [line[: len(line) * 2 // 3] for line in right],
        "switch": [*(line[:-1] for line in right[:-1]), ""],
    }
    return Translations(source, target, sources, [right], hypotheses)


DATA = [
    translations("en", "fr", ENGLISH, FRENCH),
    translations("fr", "en", FRENCH, ENGLISH),
    translations("fr", "sw", FRENCH[:4], SWAHILI),
]


@pytest.fixture(scope="module")
def scored() -> dict[str, Scored]:
    return {one.name: score_direction(one, "dense", identify) for one in DATA}


@pytest.fixture(scope="module")
def report(scored: dict[str, Scored]) -> ScoreReport:
    return score_report(scored, "dense", {"en-sw": "no references"})


def test_each_direction(report: ScoreReport) -> None:
    found = report.directions["en-fr"]
    for name in ("dense", "switch"):
        expected = chrf_plus_plus(DATA[0].hypotheses[name], FRENCH)
        assert found.systems[name].main.score == expected
    assert found.systems["switch"].empty == 1
    assert (found.lines, found.tokenizer) == (5, "13a")
    assert found.references == OffTarget(0, 0, {"fr": 5})
    switch = found.systems["switch"]
    assert switch.identified == OffTarget(4 / 5, pytest.approx(1 / 5), {"en": 4})
    assert found.systems["dense"].main.comparison is None


def test_means_count_every_direction_once(report: ScoreReport) -> None:
    for name in ("dense", "switch"):
        every = [chrf_plus_plus(one.hypotheses[name], one.references[0]) for one in DATA]
        assert report.summary.systems[name].main.score == pytest.approx(fmean(every))
    assert (report.summary.directions, report.summary.lines) == (3, 14)


def test_the_pooled_bootstrap_takes_the_mean_over_directions_of_each_draw(
    scored: dict[str, Scored], report: ScoreReport
) -> None:
    found = mean_draws(list(scored.values()), "switch", "chrf++")
    for draw in range(10):
        assert found[draw] == pytest.approx(fmean(drawn(one, draw) for one in DATA), rel=1e-6)
    differences = found - mean_draws(list(scored.values()), "dense", "chrf++")
    comparison = report.summary.systems["switch"].main.comparison
    assert comparison
    assert comparison.interval == pytest.approx(np.quantile(differences, [0.025, 0.975]))


def drawn(one: Translations, draw: int) -> float:
    """chrF++ of the switch system on the lines that sacreBLEU draws."""
    count = len(one.references[0])
    lines = np.random.default_rng(SEED).choice(count, size=(DRAWS, count))[draw]
    hypotheses, references = one.hypotheses["switch"], one.references[0]
    return chrf_plus_plus([hypotheses[i] for i in lines], [references[i] for i in lines])


def test_wins_and_losses_are_directions(report: ScoreReport) -> None:
    wins = report.summary.systems["switch"].wins
    changes = [
        after.score - before.score
        for before, after in (
            (entry.systems["dense"].main, entry.systems["switch"].main)
            for entry in report.directions.values()
        )
    ]
    assert wins
    assert wins.better == sum(change > 0 for change in changes)
    assert wins.worse == sum(change < 0 for change in changes)
    assert report.summary.systems["dense"].wins is None


def test_groups(report: ScoreReport) -> None:
    members = {
        by: {name: group.directions for name, group in found.items()}
        for by, found in report.groups.items()
    }
    assert members == {
        "english": {"into English": 1, "out of English": 1, "between others": 1},
        # French stands for its directions with English, Swahili, the smaller, for that with French.
        "size": {"under 1 M pages": 1, "100 M pages or more": 2},
        "script": {"Latin": 3},
        "family": {"Indo-European": 2, "Niger-Congo": 1},
    }
    into = report.groups["english"]["into English"].systems["switch"]
    alone = report.directions["fr-en"].systems["switch"].main
    assert into.main.comparison
    assert alone.comparison
    interval = pytest.approx(alone.comparison.interval, rel=1e-6)
    assert into.main.comparison.interval == interval


def test_an_unknown_source_is_a_group_of_its_own() -> None:
    lines = Translations(None, "fr", None, [FRENCH], {"one": FRENCH})
    found = score_direction(lines, "one", identify)
    assert (found.entry.english, found.entry.language, found.draws) == ("unknown", "fr", {})
    into = Translations(None, "en", None, [ENGLISH], {"one": ENGLISH})
    assert score_direction(into, "one", identify).entry.english == "into English"


def test_one_system_is_compared_with_nothing() -> None:
    lines = Translations("en", "fr", ENGLISH, [FRENCH], {"one": FRENCH})
    report = score_report({"en-fr": score_direction(lines, "one", identify)}, "one", {})
    assert report.bootstrap is None
    assert report.summary.systems["one"].main == Score(100)
    assert "bs:" not in report.directions["en-fr"].signatures["bleu"]


def test_what_is_empty_or_left_out_is_said() -> None:
    lines = Translations("en", "fr", ENGLISH, [FRENCH], {"one": [""] * 5, "two": FRENCH})
    scored = {"en-fr": score_direction(lines, "one", identify)}
    report = score_report(scored, "one", {"en-sw": "no references"})
    assert report.notes == [
        "one has not translated a single line of en-fr: all are empty.",
        "Left out: en-sw (no references).",
    ]
    assert report.directions["en-fr"].systems["one"].identified.undecided == 1
