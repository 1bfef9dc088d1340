import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
import routing_runs

from pipeline.evaluate.report import Report
from pipeline.report.routing import section
from pipeline.report.routing.plot import write_routing_plot
from pipeline.report.routing.section import packed, routing_data
from pipeline.report.routing.tables import (
    HEADINGS,
    router_rows,
    routing_csv,
    routing_latex,
    routing_markdown,
)
from pipeline.report.runs import page


@pytest.fixture
def report(tmp_path: Path) -> Report:
    return routing_runs.pair(tmp_path)


def test_a_line_for_each_router(report: Report) -> None:
    told, even = (dict(zip(HEADINGS, row, strict=True)) for row in router_rows(report))
    # loads 170 and 130 of 300; H = 0.6842, e^H = 1.98; within en 0.3251, fr 0.5004, sw 0 nats
    assert told == {
        "Model": "Switch",
        "Router": "encoder 2",
        "Experts": "2",
        "Effective experts": "2.0",
        "of one language": "1.3",
        "Information, nats": "0.409",
        "by chance": "0.003",
        "Told by language": "60 %",
        "Dropped": "20 %",
    }
    assert (even["Router"], even["Told by language"]) == ("decoder 2", "0 %")


def test_csv_has_every_share(report: Report) -> None:
    rows = list(csv.DictReader(io.StringIO(routing_csv(report))))
    assert len(rows) == 2 * 3
    (one,) = [row for row in rows if (row["router"], row["language"]) == ("encoder 2", "en")]
    assert (one["model"], one["tokens"], one["dropped"]) == ("Switch", "100", "0.09")
    assert (one["share_of_expert_0"], one["share_of_expert_1"]) == ("0.9", "0.1")


def test_models_of_a_comparison_have_their_names(tmp_path: Path) -> None:
    report = routing_runs.comparison(tmp_path)
    assert list(report.routing_by_language) == ["switch_tiny", "switch_mini"]
    assert [row[0] for row in router_rows(report)] == ["switch_tiny", "switch_tiny", "switch_mini"]


def test_packed_shares() -> None:
    assert packed([0.5, 1, 0, 0.0004]) == "dwrs0000"


def test_page_data_is_safe_and_in_order(report: Report) -> None:
    text = routing_data(report)
    assert "<" not in text
    data = json.loads(text)
    assert data["names"] == {"en": "English", "fr": "French", "sw": "Swahili"}
    (model,) = data["models"]
    assert model["first"] == 0
    router = model["routers"][0]
    # Swahili's expert stands where Swahili stands
    experts = [1, 0] if model["languages"][0] == "sw" else [0, 1]
    assert router["experts"] == experts
    # the piece that only Expert 1 takes more of than of all tokens; its name is kept as it is
    liked = dict(zip(experts, router["liked"], strict=True))
    assert [piece for piece, *_ in liked[1]] == ["</script>"]


def test_most_loaded_experts_are_kept_where_there_are_too_many(
    report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(section, "MOST_ROWS", 3)  # for two routers: one expert each
    (model,) = json.loads(routing_data(report))["models"]
    assert model["experts"] == 2
    assert [router["experts"] for router in model["routers"]] == [[0], [0]]


def test_nothing_is_said_without_sparse_runs(report: Report) -> None:
    assert 'id="routing"' in page.html(report)
    assert "| Switch | encoder 2 | 2 |" in routing_markdown(report)
    report = replace(report, routing_by_language={})
    assert 'id="routing"' not in page.html(report)
    assert routing_markdown(report) == ""


def test_is_on_the_page_of_a_comparison_too(tmp_path: Path) -> None:
    assert 'id="routing"' in page.html(routing_runs.comparison(tmp_path))


def test_heatmap_as_a_file_and_the_table_for_a_paper(report: Report, tmp_path: Path) -> None:
    (name, caption) = write_routing_plot(report, tmp_path)[0]
    assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")
    assert caption.endswith("Switch, encoder 2")  # the router that knows Swahili
    (table,) = routing_latex(report)
    assert r"Switch & encoder 2 & 2 & 2.0 & 1.3 & 0.409 & 0.003 & 60 \%" in table
    report = replace(report, routing_by_language={})
    assert write_routing_plot(report, tmp_path) == routing_latex(report) == []
