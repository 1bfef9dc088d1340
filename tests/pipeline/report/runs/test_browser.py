"""The page in a real headless Chromium: it opens without errors, sorts, searches and draws."""

from typing import Any

import browser
import pytest

from pipeline.evaluate.report import Report
from pipeline.report.runs.page import html

pytestmark = pytest.mark.skipif(browser.CHROMIUM is None, reason="chromium is not installed")

VISIT = """
seen.columns = columns(); set("#measure", "perplexity", "change"); seen.switched = columns();
const gain = by('[data-key="gain"]');
gain.click(); seen.gain_down = codes();
gain.click(); seen.gain_up = codes();
by('[data-key="steps"]').click(); seen.steps_down = codes();
type("cyrillic"); seen.cyrillic = codes(); seen.found = by("#found").textContent;
type("deutsch"); seen.german = codes();
by('tr[data-code="de"] .name').click(); set("#language", "sw", "change");
seen.chosen = chips(); seen.captions = captions();
set("#unit", "seconds", "change"); seen.in_seconds = captions();
by('#chosen [data-code="sw"]').click(); by('#chosen [data-code=""]').click();
seen.left = chips(); seen.points = document.querySelectorAll("#charts circle").length;
seen.curve_tip = hover("#charts svg", 0.99); seen.shown = by("#tip").textContent;
seen.bar_tip = hover(".histogram .bar"); seen.column_tip = hover('.column[data-tip*="(de)"]');
by('#chosen [data-code="de"]').click(); seen.never_empty = chips();
dispatchEvent(new Event("beforeprint"));
seen.folded = document.querySelectorAll("details:not([open])").length;
"""


@pytest.fixture(scope="module")
def data(report: Report) -> dict[str, Any]:
    """The content of report.json."""
    return report.to_json()


@pytest.fixture(scope="module")
def seen(report: Report, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a visitor sees after each thing done on the page."""
    return browser.visit(html(report), VISIT, tmp_path_factory.mktemp("browser"))


def test_opens_without_console_errors(seen: dict[str, Any]) -> None:
    assert seen["errors"] == []


def test_a_narrow_window_does_not_scroll_sideways(seen: dict[str, Any]) -> None:
    assert seen["overflow"] <= 0


def test_sorts_both_ways(seen: dict[str, Any], data: dict[str, Any]) -> None:
    expected = sorted(data["languages"], key=lambda code: data["languages"][code]["gain"])
    assert seen["gain_up"] == expected
    assert seen["gain_down"] == expected[::-1]


def test_not_reached_is_at_the_end(seen: dict[str, Any], data: dict[str, Any]) -> None:
    speedups = [data["languages"][code]["step_speedup"] for code in seen["steps_down"]]
    reached = [value for value in speedups if value is not None]
    assert speedups == sorted(reached, reverse=True) + [None] * data["summary"]["not_reached"]


def test_searches_names_scripts_and_codes(seen: dict[str, Any], data: dict[str, Any]) -> None:
    cyrillic = {code for code, entry in data["languages"].items() if entry["script"] == "Cyrillic"}
    assert set(seen["cyrillic"]) == cyrillic
    assert seen["found"] == f"{len(cyrillic)} of 100 languages"
    assert seen["german"] == ["de"]


def test_the_table_shows_one_measure_of_quality_at_a_time(seen: dict[str, Any]) -> None:
    assert "Dense, neg. log perplexity" in seen["columns"]
    assert "Dense, perplexity" not in seen["columns"]
    assert "Dense, perplexity" in seen["switched"]
    assert "Dense, neg. log perplexity" not in seen["switched"]


def test_curves_of_any_chosen_languages(seen: dict[str, Any], data: dict[str, Any]) -> None:
    assert seen["chosen"] == ["Mean of all languages", "German", "Swahili"]
    assert seen["left"] == ["German"]
    assert seen["never_empty"] == ["Mean of all languages"]
    german = data["languages"]["de"]
    assert seen["captions"][1] == f"German{german['step_speedup']:.2f}× as fast in steps"
    assert (
        seen["in_seconds"][1]
        == f"German{german['time_speedup']:.2f}× as fast in seconds of processor time"
    )
    assert seen["points"] == 24


def test_details_under_the_pointer(seen: dict[str, Any], data: dict[str, Any]) -> None:
    german = data["languages"]["de"]
    ends = {side: f"{german[side]['neg_log_perplexity']:.3f}" for side in ("baseline", "model")}
    tip = f"dense, step 1\u202f200: {ends['baseline']}\nSwitch, step 1\u202f200: {ends['model']}"
    assert seen["curve_tip"] == tip.replace("-", "−")
    assert seen["shown"] == seen["curve_tip"]
    assert "language" in seen["bar_tip"]
    assert seen["column_tip"].startswith("German (de)\ndense −")


def test_paper_has_no_folds(seen: dict[str, Any]) -> None:
    assert seen["folded"] == 0
