"""score.json -> one HTML page that needs no other file and no network."""

from typing import NamedTuple

from markupsafe import Markup

from langs.registry import LANGUAGES
from models.generation.translation_scores import MAIN, NAMES
from pipeline.report.runs.figures import COLOURS
from pipeline.report.runs.page import Cell, asset, environment
from pipeline.report.scores import tables
from pipeline.report.scores.figure import scores_by_direction
from pipeline.report.scores.score_report import DirectionScores, ScoreReport
from pipeline.show.numbers import percent

_FEWEST_IN_FIGURE = 3  # directions; two are better read in the table
_CHANGE, _OFF_TARGET = "change", "off_target"
_PICKS = {
    True: "The lines that changed most for the better and for the worse against the baseline, "
    "and lines at even distances.",
    False: "The best and the worst lines, and lines at even distances.",
}


class _Row(NamedTuple):
    """A direction in the table, and above its examples."""

    name: str
    title: str
    entry: DirectionScores
    search: str  # words that the search field finds it by
    source_language: Markup  # attributes of texts, as the following
    target_language: Markup
    translated: Markup
    cells: list[Cell]


def html(report: ScoreReport) -> str:
    """The whole page as text."""
    template = environment().get_template("score.html.j2")
    measures = _measures(report)
    return template.render(
        report=report,
        names=report.systems,
        colours=COLOURS,
        headline=tables.headline(report),
        tables=tables.system_tables(report),
        groups=tables.group_tables(report),
        figure=_figure(report),
        measures=measures,
        columns=[(name, measure) for measure in measures for name in _shown(report, measure)],
        rows=[_row(name, entry, report) for name, entry in report.directions.items()],
        explained=tables.EXPLAINED,
        picks=_PICKS[report.is_comparison],
        signatures=tables.signature_lines(report),
        style=Markup("".join(map(asset, ("style.css", "score.css")))),
        script=Markup(asset("table.js") + asset("score.js")),
    )


def _figure(report: ScoreReport) -> Markup | None:
    if len(report.directions) < _FEWEST_IN_FIGURE:
        return None
    return Markup(scores_by_direction(report))


def _measures(report: ScoreReport) -> dict[str, str]:
    """The measures of the table of directions, of which it shows one at a time."""
    changes = {_CHANGE: "change of chrF++"} if report.is_comparison else {}
    others = {key: name for key, name in NAMES.items() if key != MAIN}
    return {MAIN: NAMES[MAIN], **changes, **others, _OFF_TARGET: "off target"}


def _shown(report: ScoreReport, measure: str) -> list[str]:
    """The systems that have the measure."""
    return [name for name in report.systems if measure != _CHANGE or name != report.baseline]


def _row(name: str, entry: DirectionScores, report: ScoreReport) -> _Row:
    languages = [LANGUAGES[code] for code in (entry.source, entry.target) if code]
    words = [name, entry.english, entry.script or "", entry.family or ""]
    words += [word for language in languages for word in (language.name, language.own_name)]
    return _Row(
        name=name,
        title=" → ".join(language.name for language in languages),
        entry=entry,
        search=" ".join(words).lower(),
        source_language=_language(entry.source),
        target_language=_language(entry.target),
        translated=_language(entry.target, "auto"),
        cells=[
            _cell(entry, system, measure)
            for measure in _measures(report)
            for system in _shown(report, measure)
        ],
    )


def _cell(entry: DirectionScores, name: str, measure: str) -> Cell:
    system = entry.systems[name]
    if measure == _OFF_TARGET:
        languages = ", ".join(f"{code} {n}" for code, n in system.identified.languages.items())
        share = system.identified.off_target
        tip = (
            f"{languages}\nundecided: {percent(system.identified.undecided)}\n"
            f"references off target: {percent(entry.references.off_target)}"
        )
        return Cell(percent(share), share, "number", measure, tip)
    score = system.main if measure == _CHANGE else system.scores[measure]
    comparison, tip = score.comparison, ""
    if comparison:
        tip = f"95 %: {tables.interval(comparison)}\np = {tables.p_value(score)}"
    if measure != _CHANGE or not comparison:
        return Cell(tables.score(score.score), score.score, "number", measure, tip)
    worse = " worse" if comparison.difference < 0 else ""
    text = tables.signed(comparison.difference) + ("*" if comparison.significant else "")
    return Cell(text, comparison.difference, f"number{worse}", measure, tip)


def _language(code: str | None, left_to_right: str = "ltr") -> Markup:
    """The attributes that fonts, screen readers and the order of letters need.

    With "auto" a text that is off target in a script from right to left is shown in its own order.
    """
    if code is None:
        return Markup()
    direction = "rtl" if LANGUAGES[code].direction == "rtl" else left_to_right
    return Markup(' lang="{}" dir="{}"').format(code, direction)
