"""The page and the tables of translation scores."""

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

import browser
import pytest

from models.generation.translation_scores import NAMES
from pipeline.report.scores.page import html
from pipeline.report.scores.score_report import Score, ScoreReport
from pipeline.report.scores.tables import (
    directions_csv,
    group_tables,
    groups_csv,
    headline,
    markdown,
    screen_text,
    signature_lines,
    system_tables,
)
from pipeline.translation.score.direction_scores import score_direction
from pipeline.translation.score.summaries import score_report
from pipeline.translation.score.system_files import Translations

WORDS = {
    "en": ["All people are born free.", "Rain <i>falls</i>.", "Where is it now?", "It is late."],
    "fr": ["Tous naissent libres.", "Il pleut fort.", "Où est-il ?", "Il est tard."],
    "ar": ["يولد جميع الناس أحرارا.", "ينزل المطر الآن.", "أين هو؟", "الوقت متأخر."],
    "ja": ["人は自由に生まれる。", "雨が降っています。", "どこですか?", "もう遅い。"],
}
DIRECTIONS = [("en", "fr"), ("fr", "en"), ("en", "ar"), ("en", "ja")]


def translations(source: str, target: str, *systems: str) -> Translations:
    """The best system leaves out a letter, every one before it some more."""
    hypotheses = {
        name: [line[: -(len(systems) - number) * 2 + 1] for line in WORDS[target]]
        for number, name in enumerate(systems)
    }
    return Translations(source, target, WORDS[source], [WORDS[target]], hypotheses)


def made(*systems: str) -> ScoreReport:
    data = [translations(*codes, *systems) for codes in DIRECTIONS]
    scored = {one.name: score_direction(one, systems[0], lambda line: ("fr", 0.9)) for one in data}
    return score_report(scored, systems[0], {"en-sw": "no references"})


@pytest.fixture(scope="module")
def report() -> ScoreReport:
    return made("dense", "switch")


def test_headline_says_whether_the_gain_is_significant(report: ScoreReport) -> None:
    assert re.fullmatch(
        r"switch has \d+\.\d\d chrF\+\+ in the mean over 4 directions, \+\d+\.\d\d over dense, "
        r"significantly \(95\u00a0% \+.* to \+.*; p = 0\.\d{4}\)\.",
        headline(report),
    )
    comparison = report.summary.systems["switch"].main.comparison
    assert comparison
    unsure = with_main(report, Score(99.0, comparison=replace(comparison, significant=0)))
    assert "but not significantly" in headline(unsure)
    worse = with_main(report, Score(1.0, comparison=comparison))
    assert headline(worse).startswith("No system is better than dense, which has ")


def with_main(report: ScoreReport, main: Score) -> ScoreReport:
    """The report with another mean chrF++ of the system switch."""
    systems = report.summary.systems
    switch = replace(systems["switch"], scores=systems["switch"].scores | {"chrf++": main})
    return replace(report, summary=replace(report.summary, systems=systems | {"switch": switch}))


def test_headline_of_one_system() -> None:
    assert re.fullmatch(
        r"one has \d+\.\d\d chrF\+\+ in the mean over 4 directions\.", headline(made("one"))
    )


def test_every_table_has_its_rows(report: ScoreReport) -> None:
    systems, comparison = system_tables(report)
    assert [len(table.rows) for table in group_tables(report)] == [2, 2, 3, 3]
    assert [row[0] for row in systems.rows] == ["dense", "switch"]
    assert systems.rows[1][-2:] == ["75 %", "0 %"]  # three of four directions are not into French
    assert [row[0] for row in comparison.rows] == [f"switch, {name}" for name in NAMES.values()]
    baseline, system, change, p_value, better, worse = comparison.rows[2][1:]
    for shown in (baseline, system):
        assert re.fullmatch(r"\d+\.\d\d \(\d+\.\d\d ± \d+\.\d\d\)", shown)
    assert re.fullmatch(r"\+\d+\.\d\d\* \(\+.* to \+.*\)", change)
    assert re.fullmatch(r"0\.\d{4}", p_value)
    assert (better, worse) == ("4 (4)", "0 (0)")
    into = group_tables(report)[0].rows[0]
    assert into[:2] == ["into English", "1"]


def test_three_systems_are_each_held_against_the_baseline() -> None:
    report = made("one", "two", "three")
    assert len(system_tables(report)[1].rows) == 6
    assert group_tables(report)[0].headings[:7] == [
        "Group", "Directions", "one", "two", "three", "Change of two", "Change of three",
    ]  # fmt: skip
    assert headline(report).startswith("three has ")


def test_signatures_say_which_tokenizer_was_taken(report: ScoreReport) -> None:
    lines = signature_lines(report)
    assert len(lines) == 4
    assert re.match(
        r"BLEU\|nrefs:1\|bs:1000\|seed:12345\|.*tok:13a.*\(en-fr, fr-en, en-ar\)", lines[0]
    )
    assert re.match(r"chrF2\|.*nw:0\|space:no\|version:[\d.]+$", lines[1])
    assert re.match(r"chrF2\+\+\|.*nw:2", lines[2])
    assert "tok:13a" not in lines[3]
    assert lines[3].endswith("(en-ja)")
    copies = {f"en-{n}": report.directions["en-fr"] for n in range(9)}
    many = replace(report, directions=report.directions | copies)
    assert signature_lines(many)[0].endswith(" (12 directions)")


def test_screen_and_markdown_hold_the_numbers(report: ScoreReport) -> None:
    score = f"{report.directions['en-ja'].systems['switch'].scores['bleu'].score:.2f}"
    for text in (screen_text(report), markdown(report)):
        assert score in text
        assert "Left out: en-sw (no references)." in text
        assert "By into and out of English" in text


def test_csv_files(report: ScoreReport) -> None:
    rows = list(csv.DictReader(io.StringIO(directions_csv(report))))
    assert len(rows) == 8
    dense, switch = rows[0], rows[1]
    expected = report.directions["en-fr"].systems["switch"].main
    assert (dense["system"], dense["chrf++_difference"]) == ("dense", "")
    assert (switch["source"], switch["target"], switch["english"]) == ("en", "fr", "out of English")
    assert float(switch["chrf++"]) == expected.score
    assert expected.comparison
    assert float(switch["chrf++_low"]) == expected.comparison.interval[0]
    groups = list(csv.DictReader(io.StringIO(groups_csv(report))))
    assert [row["group"] for row in groups[:4]] == ["all", "all", "into English", "into English"]
    assert groups[1]["significantly_better"] == "4"


def test_the_page_loads_nothing_and_escapes(report: ScoreReport) -> None:
    page = html(report)
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|@import|url\(|fetch\(", page)
    assert "<i>falls" not in page
    assert "&lt;i&gt;falls" in page


def test_texts_have_their_language_and_direction(report: ScoreReport) -> None:
    page = html(report)
    assert '<dd lang="ar" dir="rtl">يولد' in page
    assert '<dd lang="ja" dir="ltr">人は' in page
    assert '<dd lang="fr" dir="auto">Tous' in page  # it may be off target


def test_the_page_of_one_system_on_one_direction() -> None:
    lines = Translations(None, "fr", None, [WORDS["fr"]], {"one": ["", *WORDS["fr"][1:]]})
    scored = {"fr": score_direction(lines, "one", lambda line: ("fr", 0.9))}
    page = html(score_report(scored, "one", {}))
    assert "<em>nothing</em>" in page
    assert "Source</dt>" not in page
    assert "change of chrF++" not in page
    assert "Groups of directions" not in page


@pytest.mark.skipif(browser.CHROMIUM is None, reason="chromium is not installed")
def test_the_page_in_a_browser(report: ScoreReport, tmp_path: Path) -> None:
    script = """
    const shown = () => [...document.querySelectorAll("[data-direction]")]
      .filter((one) => one.offsetParent).map((one) => one.dataset.direction);
    seen.columns = columns(); set("#measure", "change", "change"); seen.changes = columns();
    set("#measure", "chrf++", "change");
    const best = by('[data-key="chrf++ switch"]');
    best.click(); seen.down = codes(); best.click(); seen.up = codes();
    seen.first = shown(); set("#direction", "en-ar", "change"); seen.chosen = shown();
    by('tr[data-code="en-ja"] .name').click(); seen.clicked = shown();
    seen.value = by("#direction").value;
    type("français"); seen.found = by("#found").textContent; seen.codes = codes().sort();
    """
    seen = browser.visit(html(report), script, tmp_path)
    assert seen["errors"] == []
    assert seen["overflow"] <= 0
    assert seen["columns"][-2:] == ["dense", "switch"]
    assert seen["changes"][-1:] == ["switch"]
    scores = {name: entry.systems["switch"].main.score for name, entry in report.directions.items()}
    assert seen["up"] == sorted(scores, key=lambda name: scores[name])
    assert seen["down"] == seen["up"][::-1]
    assert (seen["first"], seen["chosen"], seen["clicked"]) == (["en-fr"], ["en-ar"], ["en-ja"])
    assert seen["value"] == "en-ja"
    assert (seen["found"], seen["codes"]) == ("2 of 4 directions", ["en-fr", "fr-en"])
