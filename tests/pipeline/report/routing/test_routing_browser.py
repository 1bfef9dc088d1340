"""The section on experts and languages in a real headless Chromium."""

from pathlib import Path
from typing import Any

import browser
import pytest
import routing_runs

from pipeline.report.runs import page

pytestmark = pytest.mark.skipif(browser.CHROMIUM is None, reason="chromium is not installed")

VISIT = """
const look = () => ({
  cells: [...document.querySelectorAll("#routing-heatmap .cell")].map((cell) => cell.dataset.tip),
  note: by("#routing-note").textContent,
  experts: texts("#routing-experts tbody tr"), pieces: texts("#routing-experts .piece"),
  languages: texts("#routing-languages tbody th"),
});
seen.first = look();
by("#routing-languages th:nth-child(3) button").click();
seen.dropped = texts("#routing-languages tbody th");
by("#routing-languages th:nth-child(1) button").click();
seen.named = texts("#routing-languages tbody th");
set("#routing-router", "1", "change");
seen.second = look();
set("#routing-model", by("#routing-model").lastChild.value, "change");
seen.last = look();
"""


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("pair")
    return browser.visit(page.html(routing_runs.pair(folder)), VISIT, folder)


def test_opens_without_errors_and_does_not_scroll_sideways(pair: dict[str, Any]) -> None:
    assert pair["errors"] == []
    assert pair["overflow"] <= 0


def test_a_cell_for_every_language_and_expert(pair: dict[str, Any]) -> None:
    cells = pair["first"]["cells"]
    assert len(cells) == 6
    # 100 % of Swahili's tokens where the load is 130 / 300
    assert (
        "Swahili (sw), expert 1\n100\u00a0% of its tokens, 2.3× the mean\n"
        + ("uses 1.0 experts, 50\u00a0% dropped")
        in cells
    )
    assert "share of its tokens that is dropped" in pair["first"]["note"]


def test_another_router(pair: dict[str, Any]) -> None:
    assert all("50\u00a0% of its tokens" in cell for cell in pair["second"]["cells"])
    assert "no token is dropped" in pair["second"]["note"]


def test_tables(pair: dict[str, Any]) -> None:
    assert pair["dropped"] == ["Swahili", "English", "French"]
    assert pair["named"] == pair["second"]["languages"] == ["English", "French", "Swahili"]
    assert pair["first"]["experts"][0].startswith("057\u00a0%English\u00a090\u00a0%, French")
    assert pair["first"]["pieces"] == ["▁the", "</script>"]


def test_models_of_a_comparison(tmp_path: Path) -> None:
    seen = browser.visit(page.html(routing_runs.comparison(tmp_path)), VISIT, tmp_path)
    assert seen["errors"] == []
    assert seen["overflow"] <= 0
    assert len(seen["first"]["cells"]) == 6
    assert len(seen["last"]["cells"]) == 12
    assert any("expert 3\n40\u00a0% of its tokens" in cell for cell in seen["last"]["cells"])
