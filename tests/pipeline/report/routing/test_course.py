import csv
import io
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from pipeline.evaluate.report import MODEL, Report
from pipeline.evaluate.routing.course import RouterCourse, RoutingCourse
from pipeline.report.routing.course import (
    course_csv,
    course_markdown,
    course_section,
    course_table,
    figure,
)
from pipeline.report.runs import page

COURSE = RoutingCourse(
    experts=4,
    steps=[100, 200, 300, 400],
    routers=[
        RouterCourse("encoder 2", [0.25, 0.3, 0.4, 0.5], [None, 0.8, 0.4, 0.2]),
        RouterCourse("decoder 2", [0.3, 0.3, 0.3, 0.3], [None, None, None, None]),
    ],
)


@pytest.fixture
def told(small: Report) -> Report:
    return replace(small, routing_course={MODEL: COURSE})


def test_a_row_a_router(told: Report) -> None:
    table = course_table(told)
    assert len(table.headings) == len(table.sides)
    assert table.rows == [
        ["Switch", "encoder 2", "0.250", "0.250", "0.500", "80 %", "30 %", "20 %"],
        ["Switch", "decoder 2", "0.250", "0.300", "0.300", "–", "–", "–"],
    ]
    assert "| Switch | encoder 2 | 0.250 |" in course_markdown(told)


def lines(drawing: str, class_: str) -> list[ElementTree.Element]:
    root = ElementTree.fromstring(drawing)
    return [each for each in root.iter() if class_ in each.get("class", "").split()]


def test_a_curve_a_router_over_the_steps() -> None:
    drawing = figure(COURSE, "mean_gate", most=100)
    encoder, decoder = (
        [tuple(map(float, point.split(","))) for point in line.get("points", "").split()]
        for line in lines(drawing, "curve")
    )
    assert [x for x, _ in encoder] == pytest.approx([160.5, 277, 393.5, 510])  # of 44 to 510
    heights = [y for _, y in encoder]
    assert heights == sorted(heights, reverse=True)  # the gate rises, pixels fall
    assert len({y for _, y in decoder}) == 1
    (even,) = lines(drawing, "even")
    assert float(even.get("y1", "")) == heights[0]  # 1 / 4
    assert not lines(figure(COURSE, "changed_share", most=100), "even")


def test_a_first_validation_alone_can_be_drawn() -> None:
    first = RoutingCourse(None, [0], [RouterCourse("encoder 2", [0.5], [None])])
    for measure in ("mean_gate", "changed_share"):
        assert figure(first, measure, most=10).startswith("<svg")


def test_long_curves_are_thinned() -> None:
    steps = [float(step) for step in range(1000)]
    course = RoutingCourse(4, steps, [RouterCourse("encoder 2", [0.5] * 1000, [0.5] * 1000)])
    (curve,) = lines(figure(course, "mean_gate", most=30), "curve")
    assert len(curve.get("points", "").split()) == 30


def test_csv_has_every_validation(told: Report) -> None:
    rows = list(csv.DictReader(io.StringIO(course_csv(told))))
    assert len(rows) == 2 * 4
    assert rows[1] == {
        "model": "Switch",
        "router": "encoder 2",
        "step": "200",
        "mean_gate": "0.3",
        "changed_share": "0.8",
    }
    assert rows[0]["changed_share"] == ""


def test_stands_on_the_page_where_a_run_tells_it(told: Report, small: Report) -> None:
    assert 'id="routers"' in page.html(told)
    assert Report.from_json(told.to_json(), "report.json") == told
    assert course_section(small) is None
    assert 'id="routers"' not in page.html(small)
    assert course_markdown(small) == ""
