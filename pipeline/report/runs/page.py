"""A report -> one HTML page that needs no other file and no network."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from pipeline.evaluate.report import (
    MODEL,
    ExpertLoad,
    Interval,
    LanguageEntry,
    LanguageValues,
    Report,
)
from pipeline.report.routing.course import course_section
from pipeline.report.routing.section import routing_section
from pipeline.report.runs import figures
from pipeline.report.runs.curves import curve_data
from pipeline.report.runs.headline import headline, main_lines, scoreboard, shown_model
from pipeline.report.runs.run_settings import headers, settings, signature
from pipeline.report.runs.tables import group_tables, tables
from pipeline.show.numbers import (
    CLOCKS,
    NOTHING,
    label,
    percent,
    perplexity,
    quality,
    short,
    signed,
    speedup,
    times,
)


@dataclass(frozen=True)
class Heading:
    """The head of a column in the table of languages."""

    title: str
    key: str  # empty: the column is not sorted
    number: bool = False
    measure: str = ""  # shown only while the table shows this measure
    model: str = ""  # whose colour stands before the title


@dataclass(frozen=True)
class Cell:
    """A cell of the table of languages."""

    text: str
    value: object  # what the column is sorted by; "" stays at the end
    class_: str = ""
    measure: str = ""
    tip: str = ""
    mark: bool = False


_QUALITIES = {
    "neg_log_perplexity": "neg. log perplexity",
    "bits_per_byte": "bits per byte",
    "perplexity": "perplexity",
}
_KEPT = "share_of_gain_kept"
_MEASURES = {
    "gain": "gain over the baseline",
    "step_speedup": "step speed-up",
    "flop_speedup": "FLOP speed-up",
    "time_speedup": "time speed-up",
    **_QUALITIES,
    _KEPT: "share of the teacher’s gain kept",
}
_ABOUT = [
    Heading("Language", "name"),
    Heading("Script", "script"),
    Heading("Family", "family"),
    Heading("mC4 pages", "pages", number=True),
]
_OF_THE_GAIN = {
    "gain": Heading("Gain", "gain", number=True),
    "step_speedup": Heading("Step speed\u2011up", "steps", number=True),
    "flop_speedup": Heading("FLOP speed\u2011up", "flops", number=True),
    "time_speedup": Heading("Time speed\u2011up", "time", number=True),
}


def html(report: Report) -> str:
    """The whole page as text."""
    by_name = sorted(report.languages.items(), key=lambda item: item[1].name)
    shown = shown_model(report)
    columns = _columns(report)
    names = [label(name) for name in report.models]
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            report=report,
            titles=report.titles,
            headline=headline(report),
            shown=shown.name,
            tiles=main_lines(report, shown),
            clock=CLOCKS.get(report.clock or ""),
            board=scoreboard(report)[4:] if report.two_runs else _board(report),
            tables=tables(report),
            groups=group_tables(report),
            names=names,
            colours=figures.COLOURS,
            by_name=by_name,
            measures=_measures(report),
            headings=[*_ABOUT, *(heading for heading, _, _ in columns), Heading("Curves", "")],
            rows=[_row(code, entry, columns, report.two_runs) for code, entry in by_name],
            qualities=Markup(figures.quality_per_language(report)),
            speedups=Markup(figures.step_speedups(report)),
            sizes="" if report.two_runs else Markup(figures.quality_against_parameters(report)),
            routing=_load(report.routing.get(MODEL)),
            routing_section=routing_section(report),
            course=course_section(report),
            runs=_runs(report),
            style=Markup(asset("style.css") + asset("routing.css")),
            script=Markup(script("dom", "curves", "table", "routing")),
            data=Markup(curve_data(report, names)),
        )
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


def script(*names: str) -> str:
    """The scripts of a page, in the order in which they run."""
    return "".join(asset(f"{name}.js") for name in names)


def asset(name: str) -> str:
    """The text of a file in `assets`."""
    return resources.files("pipeline.report").joinpath("assets", name).read_text(encoding="utf-8")


def _runs(report: Report) -> dict[str, Any]:
    """Names, settings and signatures of all runs, for the template."""
    run_headers = headers(report)
    main, rest = settings([run for _, run in run_headers])
    return {
        "names": [name for name, _ in run_headers],
        "main": main,
        "rest": rest,
        "signatures": [(name, signature(run)) for name, run in run_headers],
    }


def _board(report: Report) -> list[dict[str, Any]]:
    """The models at a glance: quality at the end, gain over the baseline, mean step speed-up."""
    rows = []
    for name, model in report.models.items():
        against = model.against_baseline.summary if model.against_baseline else None
        rows.append(
            {
                "name": name,
                "seeds": len(model.seeds),
                "quality": quality(model.quality.neg_log_perplexity),
                "gain": signed(against.mean_gain) if against else NOTHING,
                "speedup": times(against.mean_step_speedup) if against else NOTHING,
                "not_reached": against.not_reached if against else 0,
            }
        )
    return rows


def _measures(report: Report) -> dict[str, str]:
    """The measures between which a reader of the table of languages chooses."""
    if report.two_runs:
        return _QUALITIES
    return {key: name for key, name in _MEASURES.items() if _models(report, key)}


def _models(report: Report, measure: str) -> list[str]:
    if measure == _KEPT:
        return [name for name, entry in report.models.items() if entry.student]
    return list(report.models if measure in _QUALITIES else report.others)


def _columns(report: Report) -> list[tuple[Heading, str, str]]:
    """(heading, model, measure) of every column of values; of two runs the gains always stand."""
    if not report.two_runs:
        return [
            (Heading(name, f"{measure} {name}", True, measure, name), name, measure)
            for measure in _MEASURES
            for name in _models(report, measure)
        ]
    qualities = [
        (Heading(f"{side}, {title}", f"{side}-{measure}", True, measure), name, measure)
        for measure, title in _QUALITIES.items()
        for name, side in zip(report.models, ("Dense", "Switch"), strict=True)
    ]
    return qualities + [(heading, MODEL, measure) for measure, heading in _OF_THE_GAIN.items()]


def _row(
    code: str, entry: LanguageEntry, columns: list[tuple[Heading, str, str]], two_runs: bool
) -> dict[str, Any]:
    words = [code, entry.name, entry.own_name, entry.script, entry.family]
    pages = "" if entry.mc4_pages is None else entry.mc4_pages
    curves = [values.curve for values in entry.models.values()]
    return {
        "code": code,
        "entry": entry,
        "search": " ".join(word for word in words if word).lower(),
        "cells": [
            Cell(entry.script or "", entry.script or ""),
            Cell(entry.family or "", entry.family or ""),
            Cell(short(entry.mc4_pages), pages, "number"),
            *(_cell(entry.models[name], measure, heading) for heading, name, measure in columns),
        ],
        "sparkline": Markup(figures.sparkline(curves)),
    }


def _cell(values: LanguageValues, measure: str, heading: Heading) -> Cell:
    """What one model did on one language, with its interval under the pointer."""
    shown = heading.measure
    if measure in _QUALITIES:
        value = values.quality.measure(measure)
        show = perplexity if measure == "perplexity" else quality
        return Cell(show(value), _sorted_by(value), "number", shown)
    if measure == _KEPT:
        kept = values.kept.share_of_gain_kept if values.kept else None
        return Cell(percent(kept), _sorted_by(kept), "number", shown)
    against = values.gain
    tip = _tip(against.intervals[measure], signed if measure == "gain" else times)
    if measure == "gain":
        class_, mark = "number worse" if against.gain < 0 else "number", bool(against.significant)
        return Cell(signed(against.gain), _sorted_by(against.gain), class_, shown, tip, mark)
    by = _sorted_by(against.measure(measure))
    text = speedup(against.reach, measure.removesuffix("_speedup"))
    return Cell(text, by, "number none" if by == "" else "number", shown, tip)


def _sorted_by(value: float | None) -> object:
    return "" if value is None else float(f"{value:.8g}")


def _tip(interval: Interval | None, show: Callable[[float], str]) -> str:
    return f"95 %: {show(interval[0])} to {show(interval[1])}" if interval else ""


def _load(load: ExpertLoad | None) -> dict[str, Any] | None:
    """The drawings of the balance section; None for a run without experts."""
    if load is None:
        return None
    most = 1.05 * max(max(layer) for layer in load.expert_load)
    dropped = [None if share is None else 100 * share for share in load.dropped_fraction]
    return {
        "layers": [Markup(figures.expert_load(layer, most)) for layer in load.expert_load],
        "dropped": Markup(figures.trace(load.steps, dropped, "tokens over capacity, %")),
        "balance": Markup(figures.trace(load.steps, load.balance_loss, "balance loss")),
    }
