"""The CSV tables of a report: full precision, empty where there is no value."""

from typing import Any

from pipeline.evaluate.report import BASELINE, MODEL, ModelEntry, Report
from pipeline.report.runs.curves import Curves, curves
from pipeline.show.table import csv_text
from pipeline.stages.typed_json import to_json

_QUALITY = ("neg_log_perplexity", "bits_per_byte", "perplexity")
_GAIN = (
    "gain", "significant", "status", "step_speedup", "flop_speedup", "time_speedup",
    "share_of_gain_kept",
)  # fmt: skip
_WITH_INTERVALS = ("gain", "step_speedup", "flop_speedup", "time_speedup")
_OF_TWO_RUNS = [
    "code", "name", "script", "family", "mc4_pages", "validation_tokens", "validation_bytes",
    "baseline_neg_log_perplexity", "model_neg_log_perplexity", "gain", "gain_low",
    "gain_high", "significant", "baseline_bits_per_byte",
    "model_bits_per_byte", "baseline_perplexity", "model_perplexity", "status",
    "reached_at_step", "step_speedup", "flop_speedup", "time_speedup",
]  # fmt: skip


def models_csv(report: Report) -> str:
    """One line a model."""
    rows = [_model(entry) for entry in report.models.values()]
    columns = list(dict.fromkeys(key for row in rows for key in row))
    return csv_text(columns, [[row.get(column) for column in columns] for row in rows])


def languages_csv(report: Report) -> str:
    """One line a language of two runs; of many one a language and model, with intervals."""
    if report.two_runs:
        rows = [_language(report, code) for code in report.languages]
        return csv_text(_OF_TWO_RUNS, [[row[column] for column in _OF_TWO_RUNS] for row in rows])
    bounds = [f"{measure}_{end}" for measure in _WITH_INTERVALS for end in ("low", "high")]
    columns = [*_QUALITY, *_GAIN, *bounds]
    flat = [
        (code, name, to_json(values))
        for code, entry in report.languages.items()
        for name, values in entry.models.items()
    ]
    return csv_text(
        ["code", "model", *columns],
        [
            [code, name, *((values | _bounds(values)).get(column) for column in columns)]
            for code, name, values in flat
        ],
    )


def curves_csv(report: Report) -> str:
    """One line a model, language and validation; of many the language `mean` is that of all."""
    report_curves, names = curves(report), list(enumerate(report.models))
    if report.two_runs:
        heads = [(code, number, name) for code in report_curves.languages for number, name in names]
        rows = [
            [code, side, *row]
            for code, number, side in heads
            for row in _curve(report_curves, code, number)
        ]
        return csv_text(["code", "side", "step", "seconds", "flops", "neg_log_perplexity"], rows)
    heads = [
        (code, number, name)
        for number, name in names
        for code in ("mean", *report_curves.languages)
    ]
    rows = [
        [name, code, *row]
        for code, number, name in heads
        for row in _curve(report_curves, code, number)
    ]
    return csv_text(["model", "code", "steps", "seconds", "flops", "neg_log_perplexity"], rows)


def groups_csv(report: Report) -> str:
    """One line a group of languages, and model if there are many."""
    rows = [
        {"model": name, "grouped_by": by, "group": group} | vars(values)
        for name, entry in report.others.items()
        for by, groups in entry.against.groups.items()
        for group, values in groups.items()
    ]
    columns = [column for column in rows[0] if column != "model" or not report.two_runs]
    return csv_text(columns, [[row[column] for column in columns] for row in rows])


def directions_csv(report: Report) -> str:
    """One line a direction and model of translators."""
    assert report.translation is not None
    columns = ("chrf++", "neg_log_perplexity", "share_of_chrf++_gain_kept", "share_of_gain_kept")
    rows = [
        [direction, name, *(to_json(scores).get(column) for column in columns)]
        for direction, models in report.translation.directions.items()
        for name, scores in models.items()
    ]
    return csv_text(["direction", "model", *columns], rows)


def _curve(report_curves: Curves, code: str, model: int) -> list[tuple[float | None, ...]]:
    """Steps, seconds, FLOPs and negative log perplexity at each validation."""
    values = report_curves.mean if code == "mean" else report_curves.languages[code]
    costs = report_curves.costs[model]
    points = zip(costs.steps, costs.seconds, costs.flops, values[model], strict=True)
    return [point for point in points if point[-1] is not None]


def _model(entry: ModelEntry) -> dict[str, Any]:
    """A model's entry with one level of keys."""
    left_out = ("runs", "seeds", "curve", "quality", "against_baseline")
    content = to_json(entry)
    row = {key: value for key, value in content.items() if key not in left_out}
    row |= {"seeds": " ".join(map(str, entry.seeds))} | content["quality"]
    against = content["against_baseline"] or {}
    nested = ("intervals", "mean_curve", "groups")
    row |= {key: value for key, value in against.items() if key not in nested}
    return row | _bounds(against)


def _bounds(values: dict[str, Any]) -> dict[str, float | None]:
    """The ends of intervals by column: gain_low, gain_high and so on."""
    return {
        f"{measure}_{end}": bound
        for measure, interval in values.get("intervals", {}).items()
        for end, bound in zip(("low", "high"), interval or (None, None), strict=True)
    }


def _language(report: Report, code: str) -> dict[str, Any]:
    """A language of two runs with one level of keys: baseline_bits_per_byte and so on."""
    content = to_json(report.languages[code])
    models = content["models"]
    qualities = {
        f"{side}_{measure}": models[side][measure]
        for side in (BASELINE, MODEL)
        for measure in _QUALITY
    }
    return {"code": code, **content, **models[MODEL], **qualities, **_bounds(models[MODEL])}
