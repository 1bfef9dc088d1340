"""Mean gates and changed experts over the steps: figures for the page, a table and a CSV file."""

from collections.abc import Sequence
from statistics import median
from typing import Any

from markupsafe import Markup

from pipeline.evaluate.report import Report
from pipeline.evaluate.routing.course import RouterCourse, RoutingCourse
from pipeline.report.runs.curves import evenly
from pipeline.report.runs.figures import COLOURS
from pipeline.show import svg
from pipeline.show.numbers import NOTHING, label, percent
from pipeline.show.table import Table, csv_text, markdown_table

MOST_POINTS = 20_000  # of all curves of a page
FEWEST_POINTS = 24  # of a curve
_WIDTH, _LEFT, _TOP, _HEIGHT = 520.0, 44.0, 30.0, 170.0
_MEASURES = {"mean_gate": "mean gate", "changed_share": "share of tokens with another expert"}
_EXPLAINED = (
    "Mean gate: of the validation tokens’ first choices; a gate is the router’s probability of the "
    "expert and a factor of its output. Near 1 / experts the choice says next to nothing, near 1 "
    "the router is sure. Changed: share of the validation tokens whose expert is not that of the "
    "validation before; it rises with the steps between validations."
)


def course_section(report: Report) -> dict[str, Any] | None:
    """Names for the template; None where no run tells its routers' course."""
    courses = report.routing_course
    if not courses:
        return None
    lines = sum(len(_MEASURES) * len(course.routers) for course in courses.values())
    most = max(FEWEST_POINTS, MOST_POINTS // lines)
    return {
        "table": course_table(report),
        "models": [
            {
                "name": label(name),
                "routers": [
                    (router.router, _colour(number)) for number, router in enumerate(course.routers)
                ],
                "figures": [Markup(figure(course, measure, most)) for measure in _MEASURES],
            }
            for name, course in courses.items()
        ],
    }


def figure(course: RoutingCourse, measure: str, most: int) -> str:
    """A curve a router over the steps, as SVG, of at most so many points each.

    The gate has a dashed line at that of a router without preference.
    """
    values = {router.router: _values(router, measure) for router in course.routers}
    known = [value for curve in values.values() for value in curve if value is not None]
    even = 1 / course.experts if course.experts and measure == "mean_gate" else None
    across = svg.Scale(0, max(*course.steps, 1), _LEFT, _WIDTH - 10)
    up = svg.Scale(0, max([*known, even or 0.0]) * 1.08 or 1.0, _TOP + _HEIGHT, _TOP)
    places = evenly(len(course.steps), most)
    lines = [
        svg.path(_points([(course.steps[at], curve[at]) for at in places], across, up),
                 f"curve line-{_colour(number)}")
        for number, curve in enumerate(values.values())
    ]  # fmt: skip
    labels = [
        svg.text(across(step), up.start + 16, f"{step:g}", "tick middle")
        for step in svg.ticks(0, across.high)
    ]
    if even:
        lines.append(svg.line(_LEFT, up(even), _WIDTH - 10, up(even), "even"))
    axis = svg.axis_left(up, _LEFT, _WIDTH - 10, _MEASURES[measure], most=4)
    title = f"{_MEASURES[measure]} of each router over the steps".capitalize()
    return svg.figure(_WIDTH, up.start + 24, title, axis, *labels, *lines)


def course_table(report: Report) -> Table:
    """A row a model and router: both measures at their first and last validation."""
    headings = [
        "Model", "Router", "1 / experts", "Mean gate, first", "Mean gate, last", "Changed, first",
        "Changed, median of the later half", "Changed, last",
    ]  # fmt: skip
    rows = [
        [label(name), router.router, *_row(router, course.experts)]
        for name, course in report.routing_course.items()
        for router in course.routers
    ]
    return Table("Routers over the steps", _EXPLAINED, headings, rows, "ll" + "r" * 6)


def course_markdown(report: Report) -> str:
    """The table to stand behind other text; nothing where no run tells."""
    table = course_table(report)
    if not table.rows:
        return ""
    rows = markdown_table(table.headings, table.sides, table.rows)
    return f"\n## {table.title}\n\n{table.explained}\n\n{rows}\n"


def course_csv(report: Report) -> str:
    """One line a model, router and validation."""
    return csv_text(
        ["model", "router", "step", *_MEASURES],
        (
            [label(name), router.router, *values]
            for name, course in report.routing_course.items()
            for router in course.routers
            for values in zip(course.steps, router.mean_gate, router.changed_share, strict=True)
        ),
    )


def _row(router: RouterCourse, experts: int | None) -> list[str]:
    gates, changed = (
        [value for value in _values(router, measure) if value is not None] for measure in _MEASURES
    )
    even = f"{1 / experts:.3f}" if experts else NOTHING
    ends = [even, f"{gates[0]:.3f}", f"{gates[-1]:.3f}"]
    if not changed:
        return [*ends, *[NOTHING] * 3]
    later = median(changed[len(changed) // 2 :])
    return [*ends, *map(percent, (changed[0], later, changed[-1]))]


def _values(router: RouterCourse, measure: str) -> list[float | None]:
    values: list[float | None] = getattr(router, measure)
    return values


def _points(
    curve: Sequence[tuple[float, float | None]], across: svg.Scale, up: svg.Scale
) -> list[tuple[float, float]]:
    return [(across(step), up(value)) for step, value in curve if value is not None]


def _colour(number: int) -> int:
    return (number + 1) % COLOURS  # the first colour is the baseline's
