"""Any number of models beside one baseline -> the content of `report.json` of a comparison."""

import math
from collections.abc import Sequence
from statistics import fmean
from typing import Any

from langs.errors import InputError
from pipeline.evaluate.gain_kept import add_shares_kept
from pipeline.evaluate.intervals.over_seeds import Interval, over_seeds
from pipeline.evaluate.language_names import describe
from pipeline.evaluate.pair import (
    LANGUAGE_FIGURES,
    SUMMARY_FIGURES,
    build_report,
    costs,
    document_intervals,
    mean_quality,
)
from pipeline.evaluate.routing.by_language import routing_by_language
from pipeline.evaluate.runs.completion import unfinished
from pipeline.evaluate.runs.metrics import NotYetError, Run, Validation
from pipeline.evaluate.runs.pairing import check_comparable
from pipeline.evaluate.runs.seeds import Model, mean_run, models_of
from pipeline.evaluate.speedup import Point, first_reach
from pipeline.evaluate.translation_quality import translation

COMPARISON_FORMAT = 4  # rises when a key changes its meaning, or the folder has new files
_ENDS = ("baseline", "model", "baseline_steps", "model_steps")  # stand with the models


def build_comparison(
    runs: Sequence[Run], baseline: Run, teacher: Run | None = None, quality: float | None = None
) -> dict[str, Any]:
    """Compare models with the one of `baseline`; keys as in docs/evaluation.md.

    `runs` holds every run, `baseline` and `teacher` too; runs of one configuration are seeds of one
    model. `quality`: the mean negative log perplexity to which times are given (default: where the
    baseline ends). Raises InputError if runs cannot be compared, NotYetError if there is nothing to
    compare.
    """
    for run in runs:
        check_comparable(baseline, run)
        _check_parameters(run)
    runs, left_out = _same_languages(runs)
    models = models_of(runs)
    first = _holding(models, baseline)
    others = [model for model in models if model is not first]
    if not others:
        raise NotYetError(
            f"{baseline.path}: every run is a seed of the baseline; give runs of another model too"
        )
    found = {model.name: _against(first, model) for model in others}
    target = _mean(first.mean.last) if quality is None else quality
    entries = [_model(model, target, found.get(model.name)) for model in [first, *others]]
    languages = _languages(first, found)
    translated, left_out_scores = translation(models)
    if teacher:
        add_shares_kept(entries, languages, _holding(models, teacher).name, translated)
    return {
        "comparison_format": COMPARISON_FORMAT,
        "summary": {"models": [entry["name"] for entry in entries]},
        "baseline": first.name,
        "target_quality": target,
        "models": {entry["name"]: entry for entry in entries},
        "languages": languages,
        "translation": translated,
        "routing_by_language": routing_by_language({one.name: one.runs[0] for one in models}),
        "notes": [
            *unfinished(runs),
            *(note for model in models for note in _notes(model)),
            *left_out_scores,
        ],
        "left_out": left_out,
    }


def _check_parameters(run: Run) -> None:
    for key in ("parameters", "active_parameters"):
        value = run.header.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise InputError(
                f'{run.path}: the "run" line must have "{key}", a whole number above 0, for a '
                "comparison by size; write it into the first line of metrics.jsonl"
            )


def _same_languages(runs: Sequence[Run]) -> tuple[list[Run], dict[str, str]]:
    """Runs cut to the languages in the last validation of all, and why the others are left out."""
    codes = [set(run.last.languages) for run in runs]
    shared = set.intersection(*codes)
    if not shared:
        raise NotYetError("no language was validated in all runs; give runs of the same data")
    lacking = {
        code: "not validated by "
        + ", ".join(str(run.path) for run in runs if code not in run.last.languages)
        for code in sorted(set.union(*codes) - shared)
    }
    return [_cut(run, shared) for run in runs], lacking


def _cut(run: Run, codes: set[str]) -> Run:
    validations = [
        Validation(
            one.cost,
            {code: one.languages[code] for code in codes & one.languages.keys()},
            {code: one.chrf[code] for code in codes & one.chrf.keys()},
        )
        for one in run.validations
    ]
    return Run(run.path, run.header, run.train, validations, run.sequences)


def _holding(models: list[Model], run: Run) -> Model:
    return next(model for model in models if run.path in [one.path for one in model.runs])


def _against(baseline: Model, model: Model) -> dict[str, Any]:
    """The report of the mean curves of two models, with intervals.

    Over seeds; with one seed on a side over validation text, where the runs have kept it.
    """
    if min(len(baseline.runs), len(model.runs)) == 1:
        intervals = document_intervals(baseline.mean, model.mean)
    else:
        found = over_seeds(baseline.runs, model.runs, _figures)
        intervals = {key: _back(key[1], interval) for key, interval in found.items()}
    return build_report(baseline.mean, model.mean, intervals)


def _figures(baseline: Sequence[Run], model: Sequence[Run]) -> dict[tuple[str, str], float | None]:
    """{(language or "", measure): value} of the mean curves of some seeds; ratios as logarithms."""
    report = build_report(mean_run(baseline), mean_run(model))
    found = {("", measure): report["summary"][measure] for measure in SUMMARY_FIGURES}
    for code, entry in report["languages"].items():
        found |= {(code, measure): entry[measure] for measure in LANGUAGE_FIGURES}
    return {key: _on_scale(key[1], value) for key, value in found.items()}


def _on_scale(measure: str, value: float | None) -> float | None:
    if value is None or not _is_ratio(measure):
        return value
    return math.log(value) if value > 0 else None


def _back(measure: str, interval: Interval) -> Interval:
    """An interval of `_figures` as one of the measure: ratios above 0, shares from 0 to 1."""
    low, high = interval
    if _is_ratio(measure):
        return math.exp(low), math.exp(high)
    return (max(low, 0.0), min(high, 1.0)) if measure.startswith("share") else interval


def _is_ratio(measure: str) -> bool:
    return measure.endswith("_speedup")


def _model(model: Model, target: float, report: dict[str, Any] | None) -> dict[str, Any]:
    last = model.mean.last.cost
    return {
        "name": model.name,
        "role": "model" if report else "baseline",
        "seeds": model.seeds,
        "runs": [run.header for run in model.runs],
        **{key: model.header.get(key) for key in ("parameters", "active_parameters", "experts")},
        **{key: model.settings.get(key) for key in ("capacity_factor", "top_k")},
        "steps": last.steps,
        "seconds": last.seconds,
        "flops": last.flops,
        "steps_per_second": last.steps / last.seconds if last.seconds else None,
        "quality": mean_quality(model.mean.last, sorted(model.mean.last.languages)),
        **_to_target(model, target),
        "against_baseline": _summary(report) if report else None,
        "curve": _curve(model.mean),
        "validations": costs(model.mean),
    }


def _to_target(model: Model, target: float) -> dict[str, float | None]:
    """What the mean curve had spent where it first came to the target; None if it never did."""
    points = [
        Point(one.cost, _mean(one))
        for one in model.mean.validations
        if one.languages.keys() == model.mean.last.languages.keys()
    ]
    cost = first_reach(points, target)
    return {
        f"{unit}_to_target": getattr(cost, unit) if cost else None
        for unit in ("steps", "seconds", "flops")
    }


def _mean(validation: Validation) -> float:
    return fmean(sums.neg_log_perplexity for sums in validation.languages.values())


def _curve(run: Run) -> dict[str, list[float]]:
    whole = [one for one in run.validations if one.languages.keys() == run.last.languages.keys()]
    return {
        "steps": [one.cost.steps for one in whole],
        "seconds": [one.cost.seconds for one in whole],
        "flops": [one.cost.flops for one in whole],
        "neg_log_perplexity": [_mean(one) for one in whole],
    }


def _summary(report: dict[str, Any]) -> dict[str, Any]:
    summary = report["summary"]
    return {
        **{key: value for key, value in summary.items() if key not in _ENDS},
        "mean_curve": {key: value for key, value in report["mean"].items() if key != "curve"},
        "groups": report["groups"],
    }


def _languages(baseline: Model, found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    one = next(iter(found.values()))
    return {
        code: {
            **describe(code),
            "validation_tokens": entry["validation_tokens"],
            "validation_bytes": entry["validation_bytes"],
            "models": {
                baseline.name: {**entry["baseline"], "curve": entry["curve"]["baseline"]},
                **{name: _language(report, code) for name, report in found.items()},
            },
        }
        for code, entry in one["languages"].items()
    }


def _language(report: dict[str, Any], code: str) -> dict[str, Any]:
    entry = report["languages"][code]
    kept = ("status", *LANGUAGE_FIGURES, "intervals", "significant")
    of_report = {key: entry[key] for key in kept}
    return {**entry["model"], **of_report, "curve": entry["curve"]["model"]}


def _notes(model: Model) -> list[str]:
    ends = [run.last.cost.steps for run in model.runs]
    if len(set(ends)) == 1:
        return []
    shown = ", ".join(f"{end:g}" for end in ends)
    return [
        f"The seeds of {model.name} end at different steps ({shown}): "
        "their mean ends at the last step that all of them validated."
    ]
