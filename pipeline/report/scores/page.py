"""score.json -> one HTML page that needs no other file and no network."""

from typing import Any

from markupsafe import Markup

from langs.registry import LANGUAGES
from models.generation.translation_scores import MAIN, NAMES
from pipeline.report.runs.figures import COLOURS
from pipeline.report.runs.page import Cell, asset, environment
from pipeline.report.scores import tables
from pipeline.report.scores.figure import scores_by_direction
from pipeline.show.numbers import percent

_FEWEST_IN_FIGURE = 3  # directions; two are better read in the table
_CHANGE, _OFF_TARGET = "change", "off_target"
_PICKS = {
    True: "The lines that changed most for the better and for the worse against the baseline, "
    "and lines at even distances.",
    False: "The best and the worst lines, and lines at even distances.",
}


def html(report: dict[str, Any]) -> str:
    """The whole page as text."""
    template = environment().get_template("score.html.j2")
    names = report["systems"]
    several = len(names) > 1
    measures = _measures(several)
    return template.render(
        report=report,
        names=names,
        colours=COLOURS,
        headline=tables.headline(report),
        tables=tables.system_tables(report),
        groups=tables.group_tables(report),
        figure=_figure(report),
        measures=measures,
        columns=[(name, measure) for measure in measures for name in _shown(report, measure)],
        rows=[_row(name, entry, report) for name, entry in report["directions"].items()],
        explained=tables.EXPLAINED,
        picks=_PICKS[several],
        signatures=tables.signature_lines(report),
        style=Markup("".join(map(asset, ("style.css", "score.css")))),
        script=Markup(asset("table.js") + asset("score.js")),
    )


def _figure(report: dict[str, Any]) -> Markup | None:
    if len(report["directions"]) < _FEWEST_IN_FIGURE:
        return None
    return Markup(scores_by_direction(report))


def _measures(several: bool) -> dict[str, str]:
    """What the table of directions shows, one at a time."""
    changes = {_CHANGE: "change of chrF++"} if several else {}
    others = {key: name for key, name in NAMES.items() if key != MAIN}
    return {MAIN: NAMES[MAIN], **changes, **others, _OFF_TARGET: "off target"}


def _shown(report: dict[str, Any], measure: str) -> list[str]:
    names = report["systems"]
    return [name for name in names if measure != _CHANGE or name != report["baseline"]]


def _row(name: str, entry: dict[str, Any], report: dict[str, Any]) -> dict[str, Any]:
    codes = [code for code in (entry["source"], entry["target"]) if code]
    languages = [LANGUAGES[code] for code in codes]
    words = [name, entry["english"], entry["script"], entry["family"]]
    words += [word for one in languages for word in (one.name, one.own_name)]
    return {
        "name": name,
        "title": " → ".join(one.name for one in languages),
        "entry": entry,
        "search": " ".join(words).lower(),
        "source_language": _language(entry["source"]),
        "target_language": _language(entry["target"]),
        "translated": _language(entry["target"], "auto"),
        "cells": [
            _cell(entry, system, measure)
            for measure in _measures(len(report["systems"]) > 1)
            for system in _shown(report, measure)
        ],
    }


def _cell(entry: dict[str, Any], system: str, measure: str) -> Cell:
    scores = entry["systems"][system]
    if measure == _OFF_TARGET:
        found = ", ".join(f"{code} {lines}" for code, lines in scores["languages"].items())
        tip = (
            f"{found}\nundecided: {percent(scores['undecided'])}\n"
            f"references off target: {percent(entry['references']['off_target'])}"
        )
        return Cell(percent(scores[measure]), scores[measure], "number", measure, tip)
    found = scores[MAIN if measure == _CHANGE else measure]
    tip = ""
    if "difference" in found:
        tip = f"95 %: {tables.interval(found)}\np = {tables.p_value(found)}"
    if measure != _CHANGE:
        return Cell(tables.score(found["score"]), found["score"], "number", measure, tip)
    worse = " worse" if found["difference"] < 0 else ""
    text = tables.signed(found["difference"]) + ("*" if found["significant"] else "")
    return Cell(text, found["difference"], f"number{worse}", measure, tip)


def _language(code: str | None, left_to_right: str = "ltr") -> Markup:
    """The attributes that fonts, screen readers and the order of letters need.

    With "auto" a text that is off target in a script from right to left is shown in its own order.
    """
    if code is None:
        return Markup()
    direction = "rtl" if LANGUAGES[code].direction == "rtl" else left_to_right
    return Markup(' lang="{}" dir="{}"').format(code, direction)
