"""The settings of `mswitch prepare` and `mswitch sample`."""

from dataclasses import dataclass
from functools import partial

from langs.errors import InputError
from pipeline.stages import settings
from pipeline.stages.settings import setting

_UNITS = ("documents", "tokens", "bytes")
_mixture = partial(setting, group="Mixture (`langs.sampling`)")
_tokenizer = partial(setting, group="Tokenizer")
_sample = partial(setting, group="Sample")

method = partial(
    _mixture,
    "temperature",
    "how to mix: temperature, or unimax",
    choices=("temperature", "unimax"),
    is_option=False,
)
alpha = partial(_mixture, 0.3, "rates go with size ** alpha, 1 / temperature (by temperature)")


@dataclass
class PrepareConfig:
    """Mixture, tokenizer and shards of a corpus; the defaults are mT5's."""

    method: str = method()
    alpha: float = alpha()
    max_epochs: float = _mixture(4.0, "most passes over one language (by UniMax)")
    unit: str = _mixture("documents", "unit of the sizes (mT5: documents)", choices=_UNITS)
    token_budget: int = _mixture(
        0, "tokens that training will draw; 0: one pass over the corpus", least=0
    )

    vocabulary_size: int = _tokenizer(8000, "ids: pieces of SentencePiece and 100 sentinels")
    character_coverage: float = _tokenizer(
        0.99999, "share of the text whose characters get pieces of their own"
    )
    sample_characters: int = _tokenizer(
        0, "characters of text to learn from; 0: 300 for each id", least=0
    )
    tokenizer_alpha: float = _tokenizer(
        0.3, "languages of that text go with documents ** tokenizer_alpha"
    )

    shard_bytes: int = setting(
        256 * 2**20, "bytes of ids in a shard file at most, about", least=1, group="Shards"
    )

    seed: int = _tokenizer(1, "seed of the choice of text for the tokenizer")


def check_prepare(config: PrepareConfig) -> None:
    """Raise InputError for a value out of range."""
    settings.check(config)
    if not 0.98 <= config.character_coverage <= 1:
        value = config.character_coverage
        raise InputError(f"character_coverage is {value}: SentencePiece takes 0.98 to 1")
    if config.vocabulary_size < 400:
        value = config.vocabulary_size
        raise InputError(
            f"vocabulary_size is {value}: give at least 400 (256 bytes, 100 sentinels, characters)"
        )


@dataclass
class SampleConfig:
    """The mixture and the budget of a corpus drawn from another; the mixture is mT5's."""

    method: str = method()
    alpha: float = alpha()
    max_epochs: float = _mixture(4.0, "most copies of one language (by UniMax)")
    unit: str = _mixture("documents", "unit of the sizes (mT5: documents)", choices=_UNITS)
    budget: int = _sample(0, "size of the sample; 0: that of the corpus", least=0)
    budget_unit: str = _sample("bytes", "unit of the budget", choices=_UNITS)
    seed: int = _sample(1, "seed of the choice of documents")


def check_sample(config: SampleConfig, has_tokenizer: bool) -> None:
    """Raise InputError for a value out of range, or tokens without a tokenizer to count them."""
    settings.check(config)
    if config.budget_unit == "tokens" and not has_tokenizer:
        raise InputError("a budget of tokens needs --tokenizer, the folder of one, to count them")
    if config.unit == "tokens" and config.budget_unit != "tokens":
        raise InputError("sizes in tokens need a budget in tokens; add --budget-unit tokens")
