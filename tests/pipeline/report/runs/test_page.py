import re
from html.parser import HTMLParser
from typing import Any

import pytest
from changed import changed, renamed

from pipeline.evaluate.report import MODEL, Report
from pipeline.report.runs.page import html


class Elements(HTMLParser):
    """Every start tag with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture(scope="module")
def page(report: Report) -> str:
    return html(report)


def test_loads_nothing_from_outside(page: str) -> None:
    loading = {"src", "href", "srcset", "data", "action", "poster", "xlink:href"}
    for tag, attributes in Elements(page).found:
        for name in loading & attributes.keys():
            assert tag == "link" and attributes[name] == "data:,"  # noqa: PT018
    without_namespace = page.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|@import|url\(|fetch\(|XMLHttpRequest", without_namespace)


def test_is_small(page: str) -> None:
    assert len(page.encode()) < 1_000_000


def test_every_language_is_a_row(page: str, report: Report) -> None:
    rows = [row["data-code"] for row in Elements(page).named("tr") if "data-code" in row]
    assert sorted(map(str, rows)) == sorted(report.languages)


def test_numbers_on_the_page_are_the_report_s(page: str, report: Report) -> None:
    summary = report.models[MODEL].against.summary
    assert f"{summary.mean_step_speedup:.2f}×" in page
    assert f"{summary.better} of 100" in page
    one = report.languages["de"].models[MODEL].quality.neg_log_perplexity
    assert f"{one:.3f}".replace("-", "−") in page


def test_not_reached_is_said_and_stays_out_of_the_sorting(small: Report) -> None:
    page = html(small)
    assert '<td class="number none" data-value="">not reached</td>' in page
    assert "1 of 3" in page
    assert "aim" not in re.sub(r"claim|main", "", page.lower())


def test_significant_gains_are_marked_with_their_interval(small: Report) -> None:
    assert "does not hold 0" not in html(small)

    def mark(content: dict[str, Any]) -> None:
        english = content["languages"]["en"]["models"][MODEL]
        english["significant"] = 1
        english["intervals"]["gain"] = [0.5, 1.25]
        counts = {"significantly_better": 1, "significantly_worse": 0}
        content["models"][MODEL]["against_baseline"] |= counts

    page = html(changed(small, mark))
    cell = 'data-tip="95 %: +0.500 to +1.250" data-value="1.0">+1.000<b title="significant">*</b>'
    assert cell in page
    assert "does not hold 0" in page
    assert "1 of 3, 1 the same; 1 significantly, 0 significantly worse" in page


def test_text_of_runs_cannot_break_out_of_the_page(small: Report) -> None:
    def spoil(content: dict[str, Any]) -> None:
        (run,) = content["models"][MODEL]["runs"]
        run["config"]["note"] = "</script><script>alert(1)</script>"

    page = html(renamed(changed(small, spoil), "en", "<i>English</i>"))
    assert "<script>alert" not in page
    assert "<i>English</i>" not in page


def test_experts_are_drawn_for_a_sparse_run(page: str, small: Report) -> None:
    assert page.count("sparse layer ") == 2
    assert "say nothing about experts" in html(small)


def test_differing_settings_stand_out(page: str) -> None:
    assert re.search(r'<tr class="differs"><th scope="row">architecture</th>', page)
    assert re.search(r'<tr><th scope="row">seed</th>', page)
