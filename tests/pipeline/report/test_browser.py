"""The page in a real headless Chromium: it opens without errors, sorts, searches and draws."""

from typing import Any

import browser
import pytest

from pipeline.report.page import html

pytestmark = pytest.mark.skipif(browser.CHROMIUM is None, reason="chromium is not installed")

VISIT = """
seen.columns = columns(); set("#measure", "perplexity", "change"); seen.switched = columns();
const gain = by('[data-key="gain"]');
gain.click(); seen.gain_down = codes();
gain.click(); seen.gain_up = codes();
by('[data-key="steps"]').click(); seen.steps_down = codes();
type("cyrillic"); seen.cyrillic = codes(); seen.found = by("#found").textContent;
type("deutsch"); seen.german = codes();
by('tr[data-code="de"] .name').click();
seen.chosen = by("#language").value; seen.note = by("#chart-note").textContent;
set("#unit", "seconds", "change");
seen.time_note = by("#chart-note").textContent;
seen.points = document.querySelectorAll("#chart circle").length;
"""


@pytest.fixture(scope="module")
def seen(report: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a visitor sees after each thing done on the page."""
    return browser.visit(html(report), VISIT, tmp_path_factory.mktemp("browser"))


def test_opens_without_console_errors(seen: dict[str, Any]) -> None:
    assert seen["errors"] == []


def test_a_narrow_window_does_not_scroll_sideways(seen: dict[str, Any]) -> None:
    assert seen["overflow"] <= 0


def test_sorts_both_ways(seen: dict[str, Any], report: dict[str, Any]) -> None:
    expected = sorted(report["languages"], key=lambda code: report["languages"][code]["gain"])
    assert seen["gain_up"] == expected
    assert seen["gain_down"] == expected[::-1]


def test_not_reached_is_at_the_end(seen: dict[str, Any], report: dict[str, Any]) -> None:
    speedups = [report["languages"][code]["step_speedup"] for code in seen["steps_down"]]
    reached = [value for value in speedups if value is not None]
    assert speedups == sorted(reached, reverse=True) + [None] * report["summary"]["not_reached"]


def test_searches_names_scripts_and_codes(seen: dict[str, Any], report: dict[str, Any]) -> None:
    cyrillic = {
        code for code, entry in report["languages"].items() if entry["script"] == "Cyrillic"
    }
    assert set(seen["cyrillic"]) == cyrillic
    assert seen["found"] == f"{len(cyrillic)} of 100 languages"
    assert seen["german"] == ["de"]


def test_the_table_shows_one_measure_of_quality_at_a_time(seen: dict[str, Any]) -> None:
    assert "Dense, neg. log perplexity" in seen["columns"]
    assert "Dense, perplexity" not in seen["columns"]
    assert "Dense, perplexity" in seen["switched"]
    assert "Dense, neg. log perplexity" not in seen["switched"]


def test_draws_the_chosen_language(seen: dict[str, Any], report: dict[str, Any]) -> None:
    german = report["languages"]["de"]
    assert seen["chosen"] == "de"
    assert f"{german['step_speedup']:.2f}× as fast in steps" in seen["note"]
    assert f"{german['time_speedup']:.2f}× as fast in time" in seen["time_note"]
    assert seen["points"] == 24
