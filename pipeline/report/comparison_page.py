"""report.json of a comparison -> one HTML page that needs no other file and no network."""

from typing import Any

from markupsafe import Markup

from pipeline.report import comparison_figures as figures
from pipeline.report.comparison_tables import headline, ranged, tables
from pipeline.report.page import asset, environment
from pipeline.report.text import perplexity, quality, short, signed, speedup, times

_MEASURES = {
    "gain": "gain over the baseline",
    "step_speedup": "step speed-up",
    "flop_speedup": "FLOP speed-up",
    "time_speedup": "time speed-up",
    "neg_log_perplexity": "neg. log perplexity",
    "bits_per_byte": "bits per byte",
    "perplexity": "perplexity",
}
_OF_THE_BASELINE = ("neg_log_perplexity", "bits_per_byte", "perplexity")
_FACTS = ("architecture", "experts", "parameters", "seed", "data_sha256", "config_sha256")


def html(report: dict[str, Any]) -> str:
    """The whole page as text."""
    template = environment().from_string(asset("comparison.html.j2"))
    by_name = sorted(report["languages"].items(), key=lambda item: item[1]["name"])
    return template.render(
        report=report,
        headline=headline(report),
        tables=tables(report),
        colours=figures.COLOURS,
        sizes=Markup(figures.quality_against_parameters(report)),
        curves=[
            Markup(figures.mean_curves(report, unit, title))
            for unit, title in (("steps", "steps"), ("seconds", "seconds of training"))
        ],
        measures=_MEASURES,
        columns=[(name, measure) for measure in _MEASURES for name in _models(report, measure)],
        rows=[_row(code, entry, report) for code, entry in by_name],
        facts=_FACTS,
        style=Markup(asset("style.css") + asset("comparison.css")),
        script=Markup(asset("table.js")),
    )


def _models(report: dict[str, Any], measure: str) -> list[str]:
    names = report["models"]
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
    }


def _cell(values: dict[str, Any], measure: str) -> dict[str, Any]:
    """What one model did on one language, with its interval under the pointer."""
    value = values[measure]
    interval = values.get("intervals", {}).get(measure)
    show = times if measure.endswith("speedup") else signed
    return {
        "measure": measure,
        "value": "" if value is None else value,
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
    show = perplexity if measure == "perplexity" else quality
    return show(values[measure])
