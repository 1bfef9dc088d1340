"""report.json -> one HTML page that needs no other file and no network."""

from dataclasses import dataclass
from importlib import resources
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from pipeline.report.runs import figures
from pipeline.report.runs.curve_data import curve_data
from pipeline.report.routing.section import routing_section
from pipeline.report.runs.scoreboard import scoreboard, verdict
from pipeline.report.runs.run_settings import headers, settings, signature
from pipeline.report.runs.tables import GROUP_HEADINGS, grouped_rows
from pipeline.show.numbers import LABELS, perplexity, quality, short, signed, speedup


@dataclass(frozen=True)
class Heading:
    title: str
    key: str  # empty: the column is not sorted
    number: bool = False
    measure: str = ""  # shown only while the table shows this measure


@dataclass(frozen=True)
class Cell:
    text: str
    value: object  # what the column is sorted by; "" stays at the end
    class_: str = ""
    measure: str = ""
    tip: str = ""


_MEASURES = {
    "neg_log_perplexity": "neg. log perplexity",
    "bits_per_byte": "bits per byte",
    "perplexity": "perplexity",
}
_HEADINGS = [
    Heading("Language", "name"),
    Heading("Script", "script"),
    Heading("Family", "family"),
    Heading("mC4 pages", "pages", number=True),
    *(
        Heading(f"{side}, {name}", f"{side}-{measure}", number=True, measure=measure)
        for measure, name in _MEASURES.items()
        for side in ("Dense", "Switch")
    ),
    Heading("Gain", "gain", number=True),
    Heading("Step speed\u2011up", "steps", number=True),
    Heading("FLOP speed\u2011up", "flops", number=True),
    Heading("Time speed\u2011up", "time", number=True),
    Heading("Curves", ""),
]


def html(report: dict[str, Any]) -> str:
    """The whole page as text."""
    template = environment().get_template("page.html.j2")
    by_name = sorted(report["languages"].items(), key=lambda item: item[1]["name"])
    return template.render(
        report=report,
        names={side: run["architecture"] for side, run in report["runs"].items()},
        verdict=verdict(report),
        board=scoreboard(report),
        by_name=by_name,
        headings=_HEADINGS,
        measures=_MEASURES,
        groups=grouped_rows(report),
        group_headings=GROUP_HEADINGS,
        rows=[_row(code, entry) for code, entry in by_name],
        gain_figure=Markup(figures.gain_per_language(report)),
        histogram=Markup(figures.speedup_histogram(report)),
        routing=_routing(report["routing"]["model"]),
        routing_section=routing_section(report),
        runs=runs(report),
        style=Markup(asset("style.css") + asset("routing.css")),
        script=Markup(script("dom", "curves", "table", "routing")),
        data=Markup(curve_data(report, list(LABELS.values()))),
    )


def environment() -> Environment:
    """Templates that escape what they insert and fail on names they lack."""
    return Environment(
        loader=FunctionLoader(asset),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def runs(report: dict[str, Any]) -> dict[str, Any]:
    """Names, settings and signatures of all runs, for the template."""
    found = headers(report)
    main, rest = settings([run for _, run in found])
    return {
        "names": [name for name, _ in found],
        "main": main,
        "rest": rest,
        "signatures": [(name, signature(run)) for name, run in found],
    }


def script(*names: str) -> str:
    """The scripts of a page, in the order in which they run."""
    return "".join(asset(f"{name}.js") for name in names)


def asset(name: str) -> str:
    """The text of a file in `assets`."""
    return resources.files("pipeline.report").joinpath("assets", name).read_text(encoding="utf-8")


def _row(code: str, entry: dict[str, Any]) -> dict[str, Any]:
    words = [code, entry["name"], entry["own_name"], entry["script"], entry["family"]]
    return {
        "code": code,
        "entry": entry,
        "search": " ".join(word for word in words if word).lower(),
        "cells": _cells(entry),
        "sparkline": Markup(figures.sparkline(list(entry["curve"].values()))),
    }


def _cells(entry: dict[str, Any]) -> list[Cell]:
    """The columns between the name and the sparkline, in the order of _HEADINGS."""
    return [
        Cell(entry["script"] or "", entry["script"] or ""),
        Cell(entry["family"] or "", entry["family"] or ""),
        Cell(short(entry["mc4_pages"]), _or_empty(entry["mc4_pages"]), "number"),
        *_quality_cells(entry),
        _gain_cell(entry),
        *(_speedup_cell(entry, unit) for unit in ("step", "flop", "time")),
    ]


def _gain_cell(entry: dict[str, Any]) -> Cell:
    worse = " worse" if entry["gain"] < 0 else ""
    interval = entry["intervals"]["gain"]
    tip = f"95 %: {signed(interval[0])} to {signed(interval[1])}" if interval else ""
    mark = "*" if entry["significant"] else ""
    return Cell(signed(entry["gain"]) + mark, entry["gain"], f"number{worse}", tip=tip)


def _quality_cells(entry: dict[str, Any]) -> list[Cell]:
    cells = []
    for measure in _MEASURES:
        shown = perplexity if measure == "perplexity" else quality
        for side in ("baseline", "model"):
            value = entry[side][measure]
            cells.append(Cell(shown(value), value, "number", measure))
    return cells


def _speedup_cell(entry: dict[str, Any], unit: str) -> Cell:
    value = _or_empty(entry[f"{unit}_speedup"])
    return Cell(speedup(entry, unit), value, "number none" if value == "" else "number")


def _or_empty(value: object) -> object:
    return "" if value is None else value


def _routing(routing: dict[str, Any] | None) -> dict[str, Any] | None:
    """The drawings of the balance section; None for a run without experts."""
    if routing is None:
        return None
    load, steps = routing["expert_load"], routing["steps"]
    most = 1.05 * max(max(layer) for layer in load)
    dropped = [None if share is None else 100 * share for share in routing["dropped_fraction"]]
    return {
        "layers": [Markup(figures.expert_load(layer, most)) for layer in load],
        "dropped": Markup(figures.trace(steps, dropped, "tokens over capacity, %")),
        "balance": Markup(figures.trace(steps, routing["balance_loss"], "balance loss")),
    }
