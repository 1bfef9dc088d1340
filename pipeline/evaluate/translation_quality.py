"""What translators score, direction by direction, where their runs have translated."""

from collections.abc import Sequence
from statistics import fmean
from typing import Any

from pipeline.evaluate.runs.metrics import Run, Validation
from pipeline.evaluate.runs.seeds import Model

CHRF, QUALITY = "chrf++", "neg_log_perplexity"
_PAIRS = "translated_pairs"


def translation(models: Sequence[Model]) -> tuple[dict[str, Any] | None, list[str]]:
    """The scores of every model, and notes; None unless all have translated the same pairs.

    A run counts by its best validation, which is its checkpoint_best.pt, and not by its last; seeds
    by their mean. {"models": {name: {"steps", "chrf++", "neg_log_perplexity"}} with the means over
    directions, "directions": {direction: {name: the last two}}}.
    """
    ends = {model.name: [best(run) for run in model.runs] for model in models}
    found = [one for every in ends.values() for one in every if one]
    if len(found) < sum(map(len, ends.values())):
        return None, []
    if len(pairs := {model.settings.get(_PAIRS, "") for model in models}) > 1:
        told = ", ".join(sorted(pairs))
        return None, [
            f"chrF++ is left out: the runs have translated other pairs ({_PAIRS} {told})."
        ]
    names = sorted(set.intersection(*(set(one.chrf) for one in found)))
    directions = {
        direction: {name: _mean(every, [direction]) for name, every in ends.items()}
        for direction in names
    }
    means = {
        name: {"steps": [one.cost.steps for one in every if one], **_mean(every, names)}
        for name, every in ends.items()
    }
    return {"models": means, "directions": directions}, []


def best(run: Run) -> Validation | None:
    """The validation with the best mean chrF++, of two alike the later; None if it has none."""
    scored = [one for one in run.validations if one.chrf]
    return max(reversed(scored), key=lambda one: fmean(one.chrf.values()), default=None)


def _mean(seeds: Sequence[Validation | None], directions: Sequence[str]) -> dict[str, float]:
    """Over directions and seeds, each counting once."""
    found = [(one, direction) for one in seeds if one for direction in directions]
    return {
        CHRF: fmean(one.chrf[direction] for one, direction in found),
        QUALITY: fmean(one.languages[direction].neg_log_perplexity for one, direction in found),
    }
