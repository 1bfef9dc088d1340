"""The settings of `mswitch bitext`."""

from dataclasses import dataclass, field

from langs import registry
from langs.errors import InputError
from pipeline.prepare import mixture


@dataclass
class BitextConfig:
    """What is kept of parallel text, how it is split, and how directions are mixed."""

    directions: list[str] = field(default_factory=lambda: ["*-*"])  # patterns, `langs.directions`

    # Cleaning
    min_characters: int = 1  # of each side
    max_characters: int = 1000  # of each side
    max_pieces: int = 256  # of the tokenizer, of each side
    max_length_ratio: float = 3.0  # of the sides' lengths (`rules.length`); 0 = rule off
    min_language_probability: float = 0.95  # that a side is in another language; 0 = rule off
    min_identified_characters: int = 40  # shorter sides are not identified
    max_pairs_per_side: int = 4  # pairs that have the same text on one side; 0 = no limit

    # Splits, by hash of the English side
    valid_share: float = 0.02  # of the sentences
    test_share: float = 0.02  # of the sentences

    # Pieces that the tokenizer has not (`new_pieces`)
    new_pieces: int = 0  # most of them
    new_pieces_languages: list[str] = field(default_factory=list)  # none: those with a new tag

    # Mixture (`langs.sampling`)
    method: str = "temperature"  # or "unimax"
    alpha: float = 0.3  # rates go with size ** alpha (temperature only)
    max_epochs: float = 4.0  # most passes over one direction (unimax only)
    unit: str = "pairs"  # what sizes count: pairs, tokens (pieces of both sides) or bytes
    seed: int = 1  # of the order that training draws in


MIXTURE = ("method", "alpha", "max_epochs", "unit", "seed")
"""Settings that change `mixture.json` and nothing else."""

NEW_PIECES = ("new_pieces", "new_pieces_languages")
"""Settings that change nothing unless there is a number of new pieces."""

_CHOICES = {"method": ("temperature", "unimax"), "unit": ("pairs", "tokens", "bytes")}


def check(config: BitextConfig) -> None:
    """Raises InputError for a value out of range."""
    for name, known in _CHOICES.items():
        if getattr(config, name) not in known:
            raise InputError(f"{name} is {getattr(config, name)!r}: use one of {', '.join(known)}")
    for name in ("min_characters", "max_characters", "max_pieces"):
        if getattr(config, name) < 1:
            raise InputError(f"{name} is {getattr(config, name)}: it must be at least 1")
    for name in ("min_identified_characters", "max_pairs_per_side", "seed", "new_pieces"):
        if getattr(config, name) < 0:
            raise InputError(f"{name} is {getattr(config, name)}: it must be at least 0")
    if config.max_characters < config.min_characters:
        raise InputError("max_characters is less than min_characters: no text fits")
    if config.max_length_ratio and not config.max_length_ratio >= 1:
        value = config.max_length_ratio
        raise InputError(f"max_length_ratio is {value}: it must be at least 1, or 0 for no limit")
    if not 0 <= config.min_language_probability <= 1:
        value = config.min_language_probability
        raise InputError(f"min_language_probability is {value}: it must be from 0 to 1")
    _check_shares(config)
    if config.new_pieces_languages and not config.new_pieces:
        raise InputError("new_pieces_languages without new_pieces: give their number too")
    for code in config.new_pieces_languages:
        registry.get(code)  # raises for what is no language
    mixture.rates(config, {"any": 1})  # raises for what it is set by


def _check_shares(config: BitextConfig) -> None:
    for name in ("valid_share", "test_share"):
        if not 0 <= getattr(config, name) < 1:
            value = getattr(config, name)
            raise InputError(f"{name} is {value}: it must be a share of the sentences, 0 to 1")
    if config.valid_share + config.test_share >= 1:
        raise InputError("valid_share and test_share leave nothing to train on: make them smaller")
