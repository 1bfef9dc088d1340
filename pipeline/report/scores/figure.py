"""The figure of translation scores: chrF++ of every system, a column a direction."""

from pipeline.report.runs.figures import COLOURS
from pipeline.report.scores.score_report import DirectionScores, ScoreReport, SystemScores
from pipeline.report.scores.tables import change, score
from pipeline.show import svg

_COLUMN, _FULL_WIDTH, _LEFT, _TOP, _HEIGHT = 13.0, 1100.0, 44.0, 30.0, 260.0
_LETTER = 6.0  # width of one in the directions' names


def scores_by_direction(report: ScoreReport) -> str:
    """Directions from hard to easy for the baseline; the lines join the systems' scores."""
    directions = sorted(
        report.directions.items(), key=lambda item: item[1].systems[report.baseline].main.score
    )
    column = max(_COLUMN, _FULL_WIDTH / len(directions))
    right = _LEFT + column * len(directions)
    values = [system.main.score for _, entry in directions for system in entry.systems.values()]
    up = svg.Scale(*svg.padded(values), _TOP + _HEIGHT, _TOP)
    columns = [
        _column(name, entry, _LEFT + column * (number + 0.5), up)
        for number, (name, entry) in enumerate(directions)
    ]
    names = _LETTER * max(len(name) for name, _ in directions) + 12
    label = "chrF++ of every system for every direction"
    axis = svg.axis_left(up, _LEFT, right, "chrF++")
    return svg.figure(right + 4, up.start + names, label, axis, *columns)


def _column(name: str, entry: DirectionScores, x: float, up: svg.Scale) -> str:
    heights = [up(system.main.score) for system in entry.systems.values()]
    dots = [
        svg.tag("circle", cx=x, cy=height, r=3.2, class_=f"model-{number % COLOURS}")
        for number, height in enumerate(heights)
    ]
    parts = [
        svg.tag("rect", x=x - 6.5, y=up.end, width=13.0, height=up.start + 40 - up.end,
                class_="hover"),
        svg.line(x, min(heights), x, max(heights), "grid"),
        *dots,
        svg.text(0, 0, name, "code end",
                 transform=f"translate({x + 3:.1f} {up.start + 8:.1f}) rotate(-90)"),
    ]  # fmt: skip
    tip = "\n".join([name, *(_told(*item) for item in entry.systems.items())])
    return svg.tag("g", "".join(parts), class_="column", data_tip=tip)


def _told(name: str, system: SystemScores) -> str:
    behind = f", {change(system.main)}" if system.main.comparison else ""
    return f"{name} {score(system.main.score)}{behind}"
