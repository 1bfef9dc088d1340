"""The settings of `mswitch bitext`."""

from dataclasses import dataclass
from functools import partial

from langs import registry
from langs.errors import InputError
from pipeline.prepare import language_mixture
from pipeline.prepare.config import alpha, method
from pipeline.stages import settings
from pipeline.stages.settings import setting

_cleaning = partial(setting, group="Cleaning")
_splits = partial(setting, group="Splits, by hash of the English side", least=0, below=1)
_pieces = partial(setting, group="New pieces of the tokenizer")
_mixture = partial(setting, group="Mixture (`langs.sampling`)")


@dataclass
class BitextConfig:
    """The rules of parallel text, its splits, and the mixture of directions."""

    directions: list[str] = setting(
        ["*-*"],
        "translation directions: en-fr, en-*, *-en, *-*; several with commas or spaces",
        item="PATTERN",
        unset="all directions of the input",
        group="Directions",
    )

    columns: list[int] = setting(
        [],
        "columns of the two languages in TSV files without a heading, counted from 1",
        item="N",
        least=1,
        unset="found by content",
        group="Directions",
    )

    min_characters: int = _cleaning(1, "fewest characters of a side", least=1)
    max_characters: int = _cleaning(1000, "most characters of a side", least=1)
    max_pieces: int = _cleaning(256, "most pieces of the tokenizer of a side", least=1)
    max_length_ratio: float = _cleaning(
        3.0, "largest ratio of the longer side to the shorter; 0: any"
    )
    min_language_probability: float = _cleaning(
        0.95,
        "probability from which a side counts as text in another language; 0: off",
        least=0,
        most=1,
    )
    min_identified_characters: int = _cleaning(
        40, "characters from which the language of a side is identified", least=0
    )
    max_pairs_per_side: int = _cleaning(
        4, "most pairs with the same text on one side; 0: any number", least=0
    )

    valid_share: float = _splits(0.02, "share of the sentences for validation")
    test_share: float = _splits(0.02, "share of the sentences for testing")

    new_pieces: int = _pieces(
        0, "most pieces to add to the tokenizer, learned from this text", least=0
    )
    new_pieces_languages: list[str] = _pieces(
        [],
        "languages whose text they are learned from",
        item="CODE",
        unset="target languages without a tag in the tokenizer",
    )

    method: str = method()
    alpha: float = alpha()
    max_epochs: float = _mixture(4.0, "most passes over one direction (by UniMax)")
    unit: str = _mixture("pairs", "unit of the sizes", choices=("pairs", "tokens", "bytes"))
    seed: int = _mixture(1, "seed of the order that training draws in", least=0)


MIXTURE = ("method", "alpha", "max_epochs", "unit", "seed")
"""Settings that change `mixture.json` and nothing else."""

NEW_PIECES = ("new_pieces", "new_pieces_languages")
"""Settings that change nothing unless there is a number of new pieces."""


def check(config: BitextConfig) -> None:
    """Raise InputError for a value out of range."""
    settings.check(config)
    if config.columns and (len(config.columns) != 2 or len({*config.columns}) != 2):
        raise InputError(f"columns is {config.columns}: it must be two different numbers, like 3 4")
    if config.max_characters < config.min_characters:
        raise InputError("max_characters is less than min_characters: no text fits")
    if config.max_length_ratio and not config.max_length_ratio >= 1:
        value = config.max_length_ratio
        raise InputError(f"max_length_ratio is {value}: it must be at least 1, or 0 for no limit")
    if config.valid_share + config.test_share >= 1:
        raise InputError("valid_share and test_share leave nothing to train on: make them smaller")
    if config.new_pieces_languages and not config.new_pieces:
        raise InputError("new_pieces_languages without new_pieces: give their number too")
    for code in config.new_pieces_languages:
        registry.get(code)  # raises for an unknown code
    language_mixture.rates(config, {"any": 1})  # raises for a bad alpha or number of epochs
