"""Models that were validated with an expert capacity, and what it dropped by language.

With a capacity the validation loss depends on which sequences share a batch, and so on its size:
the more of a batch is of one language, the more of its tokens want the same experts.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from pipeline.evaluate.report import BASELINE, MODEL, ValidationCapacity
from pipeline.evaluate.routing.counts_file import RoutingCounts, read_routing
from pipeline.evaluate.runs.seeds import Model

_DROPLESS = ("None", "none")


def validation_capacities(models: Sequence[Model]) -> dict[str, ValidationCapacity]:
    """The capacity of each sparse model that was validated with one, by name; seeds add up.

    Raises InputError for a damaged routing.npz.
    """
    factors = {model.name: model.settings.get("eval_capacity_factor", "None") for model in models}
    return {
        model.name: _capacity(model, factors[model.name])
        for model in models
        if model.header.get("experts") and factors[model.name] not in _DROPLESS
    }


def capacity_notes(capacities: Mapping[str, ValidationCapacity]) -> list[str]:
    """A sentence on each model: its capacity, and the share dropped of each language."""
    return [
        f"{_subject(name)} was validated with an expert capacity of {capacity.factor} times an "
        "even share, so that the quality of a language depends on the batches: "
        f"{_dropped(capacity)}. Validate without (eval_capacity_factor none) to compare."
        for name, capacity in capacities.items()
    ]


def _subject(name: str) -> str:
    return f"The {name}" if name in (BASELINE, MODEL) else name


def _capacity(model: Model, factor: str) -> ValidationCapacity:
    every = [read_routing(run.path, run.last.cost.steps) for run in model.runs]
    counts = [seed for seed in every if seed is not None]
    return ValidationCapacity(factor, _shares(counts) if len(counts) == len(every) else None)


def _shares(seeds: Sequence[RoutingCounts]) -> dict[str, float]:
    """Choices of experts over capacity / all choices, over routers and seeds, most dropped first.

    Ties stand in the order of the codes.
    """
    sums: dict[str, np.ndarray] = {}
    for counts in seeds:
        by_language = np.stack([counts.dropped.sum(axis=(0, 2)), counts.chosen.sum(axis=(0, 2))])
        for code, column in zip(counts.codes, by_language.T, strict=True):
            sums[code] = sums.get(code, 0) + column
    shares = {code: float(dropped / chosen) for code, (dropped, chosen) in sums.items()}
    return dict(sorted(shares.items(), key=lambda entry: (-entry[1], entry[0])))


def _dropped(capacity: ValidationCapacity) -> str:
    if capacity.dropped is None:
        return "what it dropped is not known (no routing.npz of the last validation)"
    shares = [f"{code} {100 * share:.1f} %" for code, share in capacity.dropped.items()]
    return f"it dropped, of the tokens' choices, {', '.join(shares)}"
