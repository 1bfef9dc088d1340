"""Runs of one configuration are one model: its seeds, its name, and its mean learning curves."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import Any

import numpy as np

from langs.errors import InputError
from pipeline.evaluate.runs.metrics import Cost, NotYetError, Run, Sums, Validation

# Of the training command: what does not make another model, as flags of fairseq.
_SEED_PLACES_AND_INTERVALS = {
    "seed", "save_dir", "tensorboard_logdir", "log_interval", "validate_interval_updates",
    "save_interval_updates", "keep_interval_updates",
}  # fmt: skip
_HEADER = ("architecture", "experts", "parameters", "active_parameters", "flops_per_token")
_FOLLOWS_FROM_OTHERS = {"parameters", "active_parameters", "flops_per_token"}


@dataclass(frozen=True)
class Model:
    """One or more runs that differ in nothing but the seed."""

    name: str  # the architecture, and the settings that tell it from others of the same
    runs: tuple[Run, ...]
    settings: dict[str, str]

    @property
    def header(self) -> dict[str, Any]:
        return self.runs[0].header

    @property
    def seeds(self) -> list[Any]:
        return [run.header.get("seed") for run in self.runs]

    @cached_property
    def mean(self) -> Run:
        """All seeds as one run."""
        return mean_run(self.runs)


def models_of(runs: Sequence[Run]) -> list[Model]:
    """Group runs by configuration, in the order in which the first of each was given.

    Raises InputError for two runs of the same configuration and seed: they are one and the same,
    and would make an interval between seeds too narrow.
    """
    groups: dict[tuple[tuple[str, str], ...], list[Run]] = {}
    for run in runs:
        groups.setdefault(tuple(sorted(settings(run.header).items())), []).append(run)
    for group in groups.values():
        _check_seeds(group)
    every = [dict(key) for key in groups]
    return [
        Model(name, tuple(group), values)
        for name, group, values in zip(_names(every), groups.values(), every, strict=True)
    ]


def settings(header: dict[str, Any]) -> dict[str, str]:
    """What makes the model of a run, from the first line of its metrics.

    Sizes, options of the model, flags of the training.
    """
    config = header.get("config")
    config = config if isinstance(config, dict) else {}
    command = config.get("command")
    flags = _flags([str(word) for word in command]) if isinstance(command, list) else {}
    values = {key: header.get(key) for key in _HEADER} | flags
    rest = {key: value for key, value in config.items() if key not in ("command", "seed")}
    return {key: str(value) for key, value in (values | _leaves(rest)).items()}


def mean_run(runs: Sequence[Run]) -> Run:
    """The mean over seeds, validation by validation, at the steps that all of them validated.

    Of a language: the mean negative log perplexity (the sums have the same tokens in every seed);
    of costs and of the last validation's sequences: the mean. Raises NotYetError if the seeds
    share no step.
    """
    if len(runs) == 1:
        return runs[0]
    by_step = [
        {validation.cost.steps: validation for validation in run.validations} for run in runs
    ]
    shared = sorted(set(by_step[0]).intersection(*by_step))
    if not shared:
        raise NotYetError(
            f"{runs[0].path} and {runs[1].path}: no step at which both were validated; "
            "train seeds of one model with the same --validate-every"
        )
    validations = [_mean_validation([steps[step] for steps in by_step]) for step in shared]
    sequences = (
        _mean_sequences(runs) if all(r.last.cost.steps == shared[-1] for r in runs) else None
    )
    return Run(runs[0].path, runs[0].header, [], validations, sequences)


def _mean_validation(seeds: list[Validation]) -> Validation:
    shared = set(seeds[0].languages).intersection(*(validation.languages for validation in seeds))
    languages = {
        code: _mean_sums([validation.languages[code] for validation in seeds]) for code in shared
    }
    costs = [validation.cost for validation in seeds]
    times = [cost.seconds for cost in costs if cost.seconds is not None]
    cost = Cost(
        costs[0].steps,
        fmean(times) if len(times) == len(costs) else None,
        fmean(cost.flops for cost in costs),
    )
    return Validation(cost, languages)


def _mean_sums(seeds: list[Sums]) -> Sums:
    return Sums(fmean(sums.nll_sum for sums in seeds), seeds[0].tokens, seeds[0].bytes)


def _mean_sequences(runs: Sequence[Run]) -> dict[str, np.ndarray] | None:
    """The nats of each sequence averaged over seeds; only of languages with the same sequences."""
    every = [run.sequences for run in runs if run.sequences is not None]
    if len(every) < len(runs):
        return None
    shared = set(every[0]).intersection(*every)
    of_language = {code: [sequences[code] for sequences in every] for code in sorted(shared)}
    return {
        code: np.mean(arrays, axis=0)
        for code, arrays in of_language.items()
        if all(np.array_equal(arrays[0][:, 1:], array[:, 1:]) for array in arrays)
    }


def _check_seeds(group: list[Run]) -> None:
    seen: dict[Any, Run] = {}
    for run in group:
        other = seen.setdefault(run.header.get("seed"), run)
        if other is not run:
            raise InputError(
                f"{other.path} and {run.path}: the same configuration with the same seed; "
                "leave one out, or train it with another seed"
            )


def _names(every: list[dict[str, str]]) -> list[str]:
    """The architecture; where several have the same, the settings in which these differ too.

    Paths are left out where names differ without them.
    """
    short = [_name(values, every, paths=False) for values in every]
    return [
        name if short.count(name) == 1 else _name(values, every, paths=True)
        for name, values in zip(short, every, strict=True)
    ]


def _name(values: dict[str, str], every: list[dict[str, str]], paths: bool) -> str:
    alike = [other for other in every if other["architecture"] == values["architecture"]]
    differing = [key for key in values if len({other.get(key) for other in alike}) > 1]
    told = [key for key in differing if paths or "/" not in values[key]]
    chosen = [key for key in told if key not in _FOLLOWS_FROM_OTHERS] or told
    return " ".join([values["architecture"], *(f"{key}={values[key]}" for key in chosen)])


def _flags(command: list[str]) -> dict[str, str]:
    """`--d-ff 64 --lr 1 2 --gated` -> {"d_ff": "64", "lr": "1 2", "gated": "True"}.

    The data folder, which comes first, is passed over; of a flag that comes twice the last counts.
    Files in the run's own folder are told by their names there: seeds have one each.
    """
    values: dict[str, list[str]] = {}
    name = ""
    for word in command:
        if word.startswith("--"):
            flag, _, value = word[2:].partition("=")
            name = flag.replace("-", "_")
            values[name] = [value] if value else []
        elif name:
            values[name].append(word)
    flags = {name: " ".join(words) or "True" for name, words in values.items()}
    own = f"{flags.get('save_dir')}/"
    return {
        key: value.removeprefix(own)
        for key, value in flags.items()
        if key not in _SEED_PLACES_AND_INTERVALS
    }


def _leaves(tree: dict[str, Any]) -> dict[str, Any]:
    leaves: dict[str, Any] = {}
    for key, value in tree.items():
        leaves |= _leaves(value) if isinstance(value, dict) else {key: value}
    return leaves
