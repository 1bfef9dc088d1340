"""Any number of models beside one baseline, two runs among them: the content of `report.json`."""

import math
from collections.abc import Mapping, Sequence

from langs.errors import InputError
from pipeline.evaluate.gain_kept import with_shares_kept
from pipeline.evaluate.intervals.over_seeds import over_seeds
from pipeline.evaluate.language_names import describe
from pipeline.evaluate.pair import (
    LANGUAGE_FIGURES,
    SUMMARY_FIGURES,
    Pair,
    compare,
    document_intervals,
    mean,
    mean_curve,
)
from pipeline.evaluate.report import (
    BASELINE,
    FORMAT,
    MODEL,
    Costs,
    Interval,
    LanguageEntry,
    LanguageValues,
    MeanCurve,
    ModelEntry,
    Quality,
    Report,
    Values,
)
from pipeline.evaluate.routing.by_language import routing_by_language
from pipeline.evaluate.routing.course import routing_course
from pipeline.evaluate.routing.load import routing
from pipeline.evaluate.routing.validation_capacity import capacity_notes, validation_capacities
from pipeline.evaluate.runs.clock import Clock, on_one_clock
from pipeline.evaluate.runs.completion import unfinished
from pipeline.evaluate.runs.metrics import Cost, NotYetError, Run, Sums, Validation, perplexity
from pipeline.evaluate.runs.pairing import check_comparable, different_training, same_languages
from pipeline.evaluate.runs.seeds import Model, mean_run, models_of, settings
from pipeline.evaluate.speedup import first_reach
from pipeline.evaluate.translation_quality import translation


def build_pair(dense: Run, switch: Run) -> Report:
    """Compare a Switch run with a dense run.

    Args:
        dense: the baseline.
        switch: the model.

    Returns:
        A report of two models with the names `baseline` and `model`.

    Raises:
        InputError: the runs have other data or other validation text.
        NotYetError: no language was validated in both.
    """
    check_comparable(dense, switch)
    clock, (dense, switch), untimed = on_one_clock([dense, switch], dense)
    names = {BASELINE: dense, MODEL: switch}
    cut, left_out = same_languages({f"the {name}": run for name, run in names.items()})
    models = [
        Model(name, (run,), settings(run.header)) for name, run in zip(names, cut, strict=True)
    ]
    notes = [*unfinished(cut), *different_training(dense, switch), *untimed]
    return _report(models, left_out, notes, clock, two_runs=True)


def build_comparison(
    runs: Sequence[Run], baseline: Run, teacher: Run | None = None, quality: float | None = None
) -> Report:
    """Compare any number of models with a baseline.

    Args:
        runs: every run, `baseline` and `teacher` too; runs of one configuration are seeds of one
            model.
        baseline: a run of the model that the others are held against.
        teacher: a run of the model whose gain dense models keep a share of.
        quality: the mean negative log perplexity (nats per piece) to which times are given; None:
            the baseline's at its end.

    Returns:
        The report, with the models in the order of their first runs, the baseline first.

    Raises:
        InputError: runs have other data or other validation text, or one does not say its size.
        NotYetError: there is nothing to compare yet, or the teacher has gained nothing.
    """
    for run in runs:
        check_comparable(baseline, run)
        _check_parameters(run)
    clock, timed, untimed = on_one_clock(runs, baseline)
    cut, left_out = same_languages({str(run.path): run for run in timed})
    models = models_of(cut)
    first = _holding(models, baseline)
    others = [model for model in models if model is not first]
    if not others:
        raise NotYetError(
            f"{baseline.path}: every run is a seed of the baseline; give runs of another model too"
        )
    notes = [*unfinished(cut), *(note for model in models for note in _notes(model)), *untimed]
    report = _report([first, *others], left_out, notes, clock, two_runs=False, quality=quality)
    return with_shares_kept(report, _holding(models, teacher).name) if teacher else report


def _report(
    models: Sequence[Model],
    left_out: dict[str, str],
    notes: list[str],
    clock: Clock | None,
    two_runs: bool,
    quality: float | None = None,
) -> Report:
    """The report of models of the same languages, the baseline first."""
    first, *others = models
    pairs = {model.name: _against(first, model) for model in others}
    target = mean(first.mean.last) if quality is None else quality
    first_runs = {model.name: model.runs[0] for model in models}
    translated, more_notes = (None, []) if two_runs else translation(models)
    capacities = validation_capacities(models)
    return Report(
        format=FORMAT,
        two_runs=two_runs,
        baseline=first.name,
        target_quality=target,
        clock=clock.value if clock else None,
        models={model.name: _model(model, target, pairs.get(model.name)) for model in models},
        languages={
            code: _language(code, models, pairs) for code in sorted(first.mean.last.languages)
        },
        translation=translated,
        routing={name: routing(run) for name, run in first_runs.items()},
        routing_by_language=routing_by_language(first_runs),
        routing_course=routing_course(first_runs),
        validation_capacity=capacities,
        notes=notes + more_notes + capacity_notes(capacities),
        left_out=left_out,
    )


def _check_parameters(run: Run) -> None:
    for key in ("parameters", "active_parameters"):
        value = run.header.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise InputError(
                f'{run.path}: the "run" line must have "{key}", a whole number above 0, for a '
                "comparison by size; write it into the first line of metrics.jsonl"
            )


def _holding(models: list[Model], run: Run) -> Model:
    return next(model for model in models if run.path in [seed.path for seed in model.runs])


def _against(baseline: Model, model: Model) -> Pair:
    """The mean curves of two models, with intervals.

    Over seeds; with one seed on a side over validation text, where the runs have kept it.
    """
    if min(len(baseline.runs), len(model.runs)) == 1:
        intervals = document_intervals(baseline.mean, model.mean)
    else:
        on_scale = over_seeds(baseline.runs, model.runs, _figures)
        intervals = {key: _back(key[1], interval) for key, interval in on_scale.items()}
    return compare(baseline.mean, model.mean, intervals)


def _figures(baseline: Sequence[Run], model: Sequence[Run]) -> dict[tuple[str, str], float | None]:
    """{(language or "", measure): value} of the mean curves of some seeds; ratios as logarithms."""
    pair = compare(mean_run(baseline), mean_run(model))
    figures: dict[tuple[str, str], float | None] = {
        ("", measure): getattr(pair.against.summary, measure) for measure in SUMMARY_FIGURES
    }
    for code, gain in pair.gains.items():
        figures |= {(code, measure): gain.measure(measure) for measure in LANGUAGE_FIGURES}
    return {key: _on_scale(key[1], value) for key, value in figures.items()}


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


def _model(model: Model, target: float, pair: Pair | None) -> ModelEntry:
    last, header = model.mean.last, model.header
    curve = mean_curve(model.mean)
    reached = first_reach(curve, target)
    return ModelEntry(
        name=model.name,
        role="model" if pair else "baseline",
        seeds=model.seeds,
        runs=[run.header for run in model.runs],
        parameters=_whole(header.get("parameters")),
        active_parameters=_whole(header.get("active_parameters")),
        experts=_whole(header.get("experts")),
        capacity_factor=model.settings.get("capacity_factor"),
        top_k=model.settings.get("top_k"),
        steps=last.cost.steps,
        seconds=last.cost.seconds,
        flops=last.cost.flops,
        steps_per_second=last.cost.steps / last.cost.seconds if last.cost.seconds else None,
        quality=_mean_quality(last),
        steps_to_target=reached.steps if reached else None,
        seconds_to_target=reached.seconds if reached else None,
        flops_to_target=reached.flops if reached else None,
        against_baseline=pair.against if pair else None,
        curve=MeanCurve(
            **vars(_costs([point.cost for point in curve])),
            neg_log_perplexity=[point.neg_log_perplexity for point in curve],
        ),
        validations=_costs([validation.cost for validation in model.mean.validations]),
    )


def _costs(costs: Sequence[Cost]) -> Costs:
    return Costs(
        steps=[cost.steps for cost in costs],
        seconds=[cost.seconds for cost in costs],
        flops=[cost.flops for cost in costs],
    )


def _mean_quality(validation: Validation) -> Quality:
    """Unweighted means over languages; of the perplexities the geometric mean."""
    sums = [validation.languages[code] for code in sorted(validation.languages)]
    quality = mean(validation)
    bits = math.fsum(entry.bits_per_byte for entry in sums) / len(sums)
    return Quality(quality, bits, perplexity(quality))


def _language(code: str, models: Sequence[Model], pairs: Mapping[str, Pair]) -> LanguageEntry:
    text = models[0].mean.last.languages[code]
    return LanguageEntry(
        **describe(code),
        validation_tokens=text.tokens,
        validation_bytes=text.bytes,
        models={
            model.name: LanguageValues(
                _quality(model.mean.last.languages[code]),
                _values(model.mean, code),
                pairs[model.name].gains[code] if model.name in pairs else None,
            )
            for model in models
        },
    )


def _quality(sums: Sums) -> Quality:
    return Quality(sums.neg_log_perplexity, sums.bits_per_byte, sums.perplexity)


def _values(run: Run, code: str) -> Values:
    """One value a validation, None where the language was not validated."""
    sums_by_validation = [validation.languages.get(code) for validation in run.validations]
    return [sums.neg_log_perplexity if sums else None for sums in sums_by_validation]


def _whole(value: object) -> int | None:
    """A count in the first line of a run as a whole number; None where it is no number."""
    return int(value) if isinstance(value, int | float) else None


def _notes(model: Model) -> list[str]:
    ends = [run.last.cost.steps for run in model.runs]
    if len(set(ends)) == 1:
        return []
    shown = ", ".join(f"{end:g}" for end in ends)
    return [
        f"The seeds of {model.name} end at different steps ({shown}): "
        "their mean ends at the last step that all of them validated."
    ]
