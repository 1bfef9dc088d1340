"""Sampling rates of the languages: sizes of the corpus -> the content of `mixture.json`.

Pure functions but for `read_statistics`; the rules themselves are in `langs.sampling`.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from langs import sampling
from langs.errors import InputError
from pipeline.prepare.config import PrepareConfig, SampleConfig


class Method(Protocol):
    """Settings that say how to mix (PrepareConfig, SampleConfig)."""

    method: str  # "temperature" or "unimax"
    alpha: float
    max_epochs: float


Counts = Mapping[str, Mapping[str, int]]  # split -> {"documents", "lines", "characters", "bytes"}


def read_statistics(corpus: Path) -> dict[str, Counts]:
    """The counts of each language of a corpus folder, by split.

    Raises InputError if `statistics.json` is missing, damaged or names no language with text.
    """
    path = corpus / "statistics.json"
    try:
        languages = json.loads(path.read_text(encoding="utf-8"))["languages"]
        counts = {code: _checked(splits) for code, splits in sorted(languages.items())}
    except FileNotFoundError as error:
        raise InputError(f"{path} is missing; run mswitch corpus again") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path} is damaged ({error!r}); run mswitch corpus again") from error
    if not any(splits["train"]["characters"] for splits in counts.values()):
        raise InputError(f"{path} names no language with training text; look at its funnel")
    return counts


def _checked(splits: Any) -> Counts:
    nothing = {"documents": 0, "characters": 0, "bytes": 0}
    return {
        split: {name: int(splits.get(split, nothing)[name]) for name in nothing}
        for split in ("train", "validation")
    }


def sizes(statistics: Mapping[str, Counts], unit: str) -> dict[str, int]:
    """Size of each language that has training text, in documents or bytes."""
    train = {code: splits["train"][unit] for code, splits in statistics.items()}
    return {code: size for code, size in train.items() if size}


def rates(config: Method, sizes: Mapping[str, float], passes: float = 1.0) -> dict[str, float]:
    """Sampling rate of each language, by the method of the configuration; they sum to 1.

    `passes`: the training's budget as a multiple of the corpus, which UniMax depends on.
    """
    if config.method == "temperature":
        return sampling.temperature_rates(sizes, config.alpha)
    return sampling.unimax_rates(sizes, passes * sum(sizes.values()), config.max_epochs)


def method(config: Method) -> dict[str, Any]:
    """The method and its parameter, as a `mixture.json` has them."""
    parameter = "alpha" if config.method == "temperature" else "max_epochs"
    return {"method": config.method, parameter: getattr(config, parameter)}


def tokenizer_rates(config: PrepareConfig, statistics: Mapping[str, Counts]) -> dict[str, float]:
    """The rates by which text is drawn for the tokenizer: mT5's, by a setting of its own.

    So other mixture settings leave the tokenizer, and with it the shards, as they are.
    """
    return sampling.temperature_rates(sizes(statistics, "documents"), config.tokenizer_alpha)


def mixture(
    config: PrepareConfig, statistics: Mapping[str, Counts], pieces: Mapping[str, int]
) -> dict[str, Any]:
    """The content of `mixture.json`. `pieces`: training tokens of each language.

    `shares` are the languages' parts of the corpus, in tokens, and `rates` those of the training;
    `epochs` is how often a training of `token_budget` tokens sees a language's text.
    """
    measured = dict(pieces) if config.unit == "tokens" else sizes(statistics, config.unit)
    total = sum(pieces.values())
    budget = config.token_budget or total
    probabilities = rates(config, measured, passes=budget / total)
    return {
        **method(config),
        "unit": config.unit,
        "sizes": measured,
        "shares": {code: pieces[code] / total for code in probabilities},
        "rates": probabilities,
        "epochs": {code: rate * budget / pieces[code] for code, rate in probabilities.items()},
        "token_budget": budget,
        "seed": config.seed,
    }


def described(
    config: SampleConfig,
    sizes: Mapping[str, int],
    totals: Mapping[str, int],
    made: Mapping[str, int],
) -> dict[str, Any]:
    """The content of a sample's `mixture.json`: what it has become.

    `totals` of the corpus and `made`, those of the sample, are in the budget's unit.
    """
    return {
        **method(config),
        "unit": config.unit,
        "sizes": dict(sizes),
        "shares": {code: n / sum(totals.values()) for code, n in totals.items()},
        "rates": {code: n / sum(made.values()) for code, n in made.items()},
        "epochs": {code: n / totals[code] for code, n in made.items()},
        "budget": config.budget or sum(totals.values()),
        "budget_unit": config.budget_unit,
        "made": dict(made),
        "seed": config.seed,
    }
