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
    found = {name: [one for one in every if one] for name, every in ends.items()}
    if found != ends:
        return None, []
    if len(pairs := {model.settings.get(_PAIRS, "") for model in models}) > 1:
        told = ", ".join(sorted(pairs))
        return None, [
            f"chrF++ is left out: the runs have translated other pairs ({_PAIRS} {told})."
        ]
    names = sorted(set.intersection(*(set(one.chrf) for every in found.values() for one in every)))
    directions = {
        direction: {name: _mean(every, [direction]) for name, every in found.items()}
        for direction in names
    }
    means = {
        name: replace(_mean(every, names), steps=[one.cost.steps for one in every])
        for name, every in found.items()
    }
    return Translation(means, directions), []


def best(run: Run) -> Validation | None:
    """The validation with the best mean chrF++, of two alike the later; None if it has none."""
    scored = [one for one in run.validations if one.chrf]
    return max(reversed(scored), key=lambda one: fmean(one.chrf.values()), default=None)


def _mean(seeds: Sequence[Validation], directions: Sequence[str]) -> Scores:
    """Over directions and seeds, each counting once."""
    found = [(one, direction) for one in seeds for direction in directions]
    return Scores(
        chrf=fmean(one.chrf[direction] for one, direction in found),
        neg_log_perplexity=fmean(
            one.languages[direction].neg_log_perplexity for one, direction in found
        ),
    )
