"""Two runs -> the content of `report.json`: what the model gained on every language."""

from collections.abc import Mapping
from statistics import fmean
from types import MappingProxyType
from typing import Any

from pipeline.evaluate.groups import group_summaries
from pipeline.evaluate.intervals.over_seeds import Interval, chosen, significant, significant_counts
from pipeline.evaluate.intervals.over_text import over_documents
from pipeline.evaluate.language_names import describe
from pipeline.evaluate.routing.load import routing
from pipeline.evaluate.runs.completion import unfinished
from pipeline.evaluate.runs.metrics import Run, Sums, Validation, perplexity
from pipeline.evaluate.runs.pairing import check_comparable, shared_languages
from pipeline.evaluate.speedup import Point, Speedup, speedup
from pipeline.evaluate.summary import PAPER, over_languages, step_time_ratio

REPORT_FORMAT = 6  # rises when a key changes its meaning, or the folder has new files

LANGUAGE_FIGURES = ("gain", "step_speedup", "flop_speedup", "time_speedup")  # have intervals
SUMMARY_FIGURES = (
    "share_better", "mean_gain", "mean_step_speedup", "mean_flop_speedup", "mean_time_speedup",
    "share_speedup_at_least_4",
)  # fmt: skip
Intervals = Mapping[tuple[str, str], Interval]  # by language ("" for all) and figure
NO_INTERVALS: Intervals = MappingProxyType({})


def build_report(
    baseline: Run,
    model: Run,
    intervals: Intervals = NO_INTERVALS,
    by_language: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Compare two runs at their ends and along their curves; keys as in docs/evaluation.md.

    by_language: of `routing_by_language`, which takes a file of each run to make.
    Raises InputError if the runs cannot be compared (see `pairing`).
    """
    check_comparable(baseline, model)
    codes, left_out = shared_languages(baseline, model)
    speedups = [speedup(_curve(baseline, code), _curve(model, code)) for code in codes]
    languages = {
        code: _language(code, baseline, model, found, intervals)
        for code, found in zip(codes, speedups, strict=True)
    }
    gains = [entry["gain"] for entry in languages.values()]
    summary = over_languages(gains, speedups) | _both_ends(baseline, model, codes)
    summary |= significant_counts([intervals.get((code, "gain")) for code in codes])
    summary |= {"intervals": chosen(intervals, "", SUMMARY_FIGURES)}
    return {
        "format": REPORT_FORMAT,
        "summary": summary,
        "paper": PAPER,
        "notes": _notes(baseline, model),
        "left_out": left_out,
        "languages": languages,
        "groups": group_summaries(languages, speedups),
        "mean": _mean(baseline, model, codes),
        "validations": {"baseline": costs(baseline), "model": costs(model)},
        "routing": {"baseline": routing(baseline), "model": routing(model)},
        "routing_by_language": by_language or {},
        "runs": {"baseline": baseline.header, "model": model.header},
    }


def document_intervals(baseline: Run, model: Run) -> dict[tuple[str, str], Interval]:
    """Intervals over validation text; none unless both runs have kept their last validation."""
    if baseline.sequences is None or model.sequences is None:
        return {}
    codes, _ = shared_languages(baseline, model)
    return over_documents(baseline.sequences, model.sequences, codes)


def _language(
    code: str, baseline: Run, model: Run, found: Speedup, intervals: Intervals
) -> dict[str, Any]:
    ours, theirs = baseline.last.languages[code], model.last.languages[code]
    return {
        **describe(code),
        "validation_tokens": ours.tokens,
        "validation_bytes": ours.bytes,
        "baseline": _quality(ours),
        "model": _quality(theirs),
        "gain": theirs.neg_log_perplexity - ours.neg_log_perplexity,
        **_speedups(found),
        "intervals": chosen(intervals, code, LANGUAGE_FIGURES),
        "significant": significant(intervals.get((code, "gain"))),
        "curve": {"baseline": _values(baseline, code), "model": _values(model, code)},
    }


def _speedups(found: Speedup) -> dict[str, Any]:
    return {
        "status": found.status.value,
        "reached_at_step": found.reached_at.steps if found.reached_at else None,
        "step_speedup": found.steps,
        "flop_speedup": found.flops,
        "time_speedup": found.seconds,
    }


def _quality(sums: Sums) -> dict[str, float]:
    return {
        "neg_log_perplexity": sums.neg_log_perplexity,
        "bits_per_byte": sums.bits_per_byte,
        "perplexity": sums.perplexity,
    }


def _curve(run: Run, code: str) -> list[Point]:
    return [
        Point(validation.cost, validation.languages[code].neg_log_perplexity)
        for validation in run.validations
        if code in validation.languages
    ]


def _values(run: Run, code: str) -> list[float | None]:
    """One value a validation, None where the language was not validated."""
    found = [validation.languages.get(code) for validation in run.validations]
    return [sums.neg_log_perplexity if sums else None for sums in found]


def costs(run: Run) -> dict[str, list[float]]:
    """What every validation of a run had cost."""
    every = [validation.cost for validation in run.validations]
    return {
        "steps": [cost.steps for cost in every],
        "seconds": [cost.seconds for cost in every],
        "flops": [cost.flops for cost in every],
    }


def _both_ends(baseline: Run, model: Run, codes: list[str]) -> dict[str, Any]:
    return {
        "step_time_ratio": step_time_ratio(baseline, model),
        "baseline_steps": baseline.last.cost.steps,
        "model_steps": model.last.cost.steps,
        "baseline": mean_quality(baseline.last, codes),
        "model": mean_quality(model.last, codes),
    }


def _mean(baseline: Run, model: Run, codes: list[str]) -> dict[str, Any]:
    """The unweighted mean over languages as one more learning curve, with its own speed-ups."""
    ours, theirs = _mean_curve(baseline, codes), _mean_curve(model, codes)
    return {
        **_speedups(speedup(_known(ours), _known(theirs))),
        "curve": {
            "baseline": [point.neg_log_perplexity if point else None for point in ours],
            "model": [point.neg_log_perplexity if point else None for point in theirs],
        },
    }


def _mean_curve(run: Run, codes: list[str]) -> list[Point | None]:
    """None for a validation that lacks one of the languages: its mean would not compare."""
    return [_mean_point(validation, codes) for validation in run.validations]


def _mean_point(validation: Validation, codes: list[str]) -> Point | None:
    if any(code not in validation.languages for code in codes):
        return None
    values = [validation.languages[code].neg_log_perplexity for code in codes]
    return Point(validation.cost, fmean(values))


def _known(curve: list[Point | None]) -> list[Point]:
    return [point for point in curve if point is not None]


def mean_quality(validation: Validation, codes: list[str]) -> dict[str, float]:
    """Unweighted means over languages; of the perplexities the geometric mean."""
    sums = [validation.languages[code] for code in codes]
    mean = fmean(one.neg_log_perplexity for one in sums)
    bits = fmean(one.bits_per_byte for one in sums)
    return {"neg_log_perplexity": mean, "bits_per_byte": bits, "perplexity": perplexity(mean)}


def _notes(baseline: Run, model: Run) -> list[str]:
    """What a reader must know before taking the figures at their word."""
    notes = unfinished([baseline, model])
    ours, theirs = baseline.last.cost.steps, model.last.cost.steps
    if ours != theirs:
        notes.append(
            f"The runs end at different steps (baseline {ours:g}, model {theirs:g}): "
            "the qualities at the end are not after equal training."
        )
    if baseline.header.get("seed") != model.header.get("seed"):
        notes.append("The runs have different seeds, so they did not see the same batches.")
    return notes
