import csv
import io
from dataclasses import replace

import pytest

from pipeline.evaluate.report import Report
from pipeline.report.runs.csv_tables import curves_csv, groups_csv, languages_csv
from pipeline.report.runs.tables import markdown, screen_text


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_languages_csv(small: Report) -> None:
    english, _, swahili = rows(languages_csv(small))
    assert (english["code"], english["name"], english["script"]) == ("en", "English", "Latin")
    assert float(english["baseline_neg_log_perplexity"]) == pytest.approx(-4.0)
    assert float(english["step_speedup"]) == pytest.approx(2.0)
    assert (swahili["status"], swahili["step_speedup"]) == ("not_reached", "")


def test_curves_csv_has_every_point(small: Report) -> None:
    points = rows(curves_csv(small))
    assert len(points) == 3 * 2 * 2
    assert points[-1]["code"] == "sw"
    assert (points[-1]["side"], points[-1]["step"], points[-1]["seconds"]) == ("model", "200", "60")
    assert float(points[-1]["neg_log_perplexity"]) == pytest.approx(-4.5)


def test_groups_csv_has_every_group_with_its_counts(small: Report) -> None:
    groups = rows(groups_csv(small))
    assert [(one["grouped_by"], one["group"]) for one in groups] == [
        ("size", "under 1 M pages"),
        ("size", "100 M pages or more"),
        ("script", "Latin"),
        ("family", "Indo-European"),
        ("family", "Niger-Congo"),
    ]
    swahili = groups[0]
    assert (swahili["worse"], swahili["not_reached"], swahili["mean_step_speedup"]) == (
        "1",
        "1",
        "",
    )


def test_markdown(small: Report) -> None:
    page = markdown(small, [("gains.png", "Gains")])
    assert "![Gains](gains.png)" in page
    assert "| Mean step speed-up | 1.50× | over 2 of 3 languages; 1 not reached |" in page
    assert "| sw | Swahili | Latin |" in page
    assert page.count("not reached |") >= 2
    tables = [line for line in page.splitlines() if line.startswith("| ")]
    assert {line.count("|") for line in tables} == {5, 10, 15}


def test_markdown_lists_what_is_left_out(small: Report) -> None:
    small = replace(small, left_out={"de": "not validated by the baseline"})
    assert "- Left out: de (not validated by the baseline)." in markdown(small, [])


def test_summary_text_lines_up(small: Report) -> None:
    lines = screen_text(small).splitlines()
    assert lines[1].index("33 %") == lines[2].index("1.50×")
