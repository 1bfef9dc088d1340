"""What translators score, direction by direction, where their runs have translated."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

from pipeline.evaluate.report import Scores, Translation
from pipeline.evaluate.runs.metrics import Run, Validation
from pipeline.evaluate.runs.seeds import Model

_PAIRS = "translated_pairs"


def translation(models: Sequence[Model]) -> tuple[Translation | None, list[str]]:
    """The scores of every model, and notes; None unless all have translated the same pairs.

    A run counts by its best validation, which is its checkpoint_best.pt, and not by its last; seeds
    by their mean.
    """
    ends = {model.name: [best(run) for run in model.runs] for model in models}
    scored = {name: [end for end in every if end] for name, every in ends.items()}
    if scored != ends:
        return None, []
    if len(pairs := {model.settings.get(_PAIRS, "") for model in models}) > 1:
        told = ", ".join(sorted(pairs))
        return None, [
            f"chrF++ is left out: the runs have translated other pairs ({_PAIRS} {told})."
        ]
    names = sorted(set.intersection(*(set(end.chrf) for every in scored.values() for end in every)))
    directions = {
        direction: {name: _mean(every, [direction]) for name, every in scored.items()}
        for direction in names
    }
    means = {
        name: replace(_mean(every, names), steps=[end.cost.steps for end in every])
        for name, every in scored.items()
    }
    return Translation(means, directions), []


def best(run: Run) -> Validation | None:
    """The validation with the best mean chrF++, of two alike the later; None if it has none."""
    scored = [validation for validation in run.validations if validation.chrf]
    return max(
        reversed(scored), key=lambda validation: fmean(validation.chrf.values()), default=None
    )


def _mean(seeds: Sequence[Validation], directions: Sequence[str]) -> Scores:
    """Over directions and seeds, each counting once."""
    pairs = [(seed, direction) for seed in seeds for direction in directions]
    return Scores(
        chrf=fmean(seed.chrf[direction] for seed, direction in pairs),
        neg_log_perplexity=fmean(
            seed.languages[direction].neg_log_perplexity for seed, direction in pairs
        ),
    )
