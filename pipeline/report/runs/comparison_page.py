"""report.json of a comparison -> one HTML page that needs no other file and no network."""

from typing import Any

from markupsafe import Markup

from pipeline.evaluate.gain_kept import SHARE_KEPT
from pipeline.report.routing.section import routing_section
from pipeline.report.runs import comparison_figures as figures
from pipeline.report.runs.comparison_headline import headline, tiles
from pipeline.report.runs.comparison_tables import ranged, tables
from pipeline.report.runs.curve_data import curve_data
from pipeline.report.runs.figures import sparkline
from pipeline.report.runs.page import asset, environment, runs, script
from pipeline.show.numbers import (
    NOTHING,
    percent,
    perplexity,
    quality,
    short,
    signed,
    speedup,
    times,
)

_MEASURES = {
    "gain": "gain over the baseline",
    "step_speedup": "step speed-up",
    "flop_speedup": "FLOP speed-up",
    "time_speedup": "time speed-up",
    "neg_log_perplexity": "neg. log perplexity",
    "bits_per_byte": "bits per byte",
    "perplexity": "perplexity",
    SHARE_KEPT: "share of the teacher’s gain kept",
}
_OF_THE_BASELINE = ("neg_log_perplexity", "bits_per_byte", "perplexity")


def html(report: dict[str, Any]) -> str:
    """The whole page as text."""
    template = environment().get_template("comparison.html.j2")
    by_name = sorted(report["languages"].items(), key=lambda item: item[1]["name"])
    shown, lines = tiles(report)
    return template.render(
        report=report,
        headline=headline(report),
        shown=shown,
        tiles=lines,
        board=_board(report),
        tables=tables(report),
        names=list(report["models"]),
        colours=figures.COLOURS,
        by_name=by_name,
        sizes=Markup(figures.quality_against_parameters(report)),
        speedups=Markup(figures.step_speedups(report)),
        qualities=Markup(figures.quality_per_language(report)),
        measures={key: name for key, name in _MEASURES.items() if _models(report, key)},
        columns=[(name, measure) for measure in _MEASURES for name in _models(report, measure)],
        rows=[_row(code, entry, report) for code, entry in by_name],
        routing_section=routing_section(report),
        runs=runs(report),
        style=Markup(asset("style.css") + asset("routing.css")),
        script=Markup(script("dom", "curves", "table", "routing")),
        data=Markup(curve_data(report, list(report["models"]))),
    )


def _board(report: dict[str, Any]) -> list[dict[str, Any]]:
    """The models at a glance: quality at the end, gain over the baseline, mean step speed-up."""
    return [
        {
            "name": name,
            "seeds": len(model["seeds"]),
            "quality": quality(model["quality"]["neg_log_perplexity"]),
            "gain": signed(against["mean_gain"]) if against else NOTHING,
            "speedup": times(against["mean_step_speedup"]) if against else NOTHING,
            "not_reached": against["not_reached"] if against else 0,
        }
        for name, model in report["models"].items()
        for against in [model["against_baseline"]]
    ]


def _models(report: dict[str, Any], measure: str) -> list[str]:
    names = report["models"]
    if measure == SHARE_KEPT:
        return [name for name, entry in names.items() if entry["role"] == "student"]
    return [name for name in names if name != report["baseline"] or measure in _OF_THE_BASELINE]


def _row(code: str, entry: dict[str, Any], report: dict[str, Any]) -> dict[str, Any]:
    words = [code, entry["name"], entry["own_name"], entry["script"], entry["family"]]
    cells = [
        _cell(entry["models"][name], measure)
        for measure in _MEASURES
        for name in _models(report, measure)
    ]
    return {
        "code": code,
        "entry": entry,
        "pages": short(entry["mc4_pages"]),
        "search": " ".join(word for word in words if word).lower(),
        "cells": cells,
        "sparkline": Markup(sparkline([one["curve"] for one in entry["models"].values()])),
    }


def _cell(values: dict[str, Any], measure: str) -> dict[str, Any]:
    """What one model did on one language, with its interval under the pointer."""
    value = values[measure]
    interval = values.get("intervals", {}).get(measure)
    show = times if measure.endswith("speedup") else signed
    return {
        "measure": measure,
        "value": "" if value is None else float(f"{value:.8g}"),
        "text": _text(values, measure),
        "mark": measure == "gain" and bool(values["significant"]),
        "worse": measure == "gain" and value < 0,
        "tip": ranged("95 %:", interval, show) if interval else "",
    }


def _text(values: dict[str, Any], measure: str) -> str:
    if measure == "gain":
        return signed(values["gain"])
    if measure.endswith("_speedup"):
        return speedup(values, measure.removesuffix("_speedup"))
    if measure == SHARE_KEPT:
        return percent(values[measure])
    show = perplexity if measure == "perplexity" else quality
    return show(values[measure])
