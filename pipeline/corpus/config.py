"""The settings of the corpus job and of prepare, and the presets `mc4`, `c4` and `sample`.

Sources: mC4 = mT5 paper (arXiv 2010.11934, section 3.1) and TFDS `c4/multilingual` 3.0.1, which
made it; C4 = T5 paper (arXiv 1910.10683, section 2.2) and TFDS `c4/en`.
"""

import copy
import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from langs import registry
from langs.errors import InputError
from langs.identify import CLD3
from pipeline.corpus.cleaning_config import (
    FILE_SETTINGS,
    GOPHER_QUALITY,
    GOPHER_REPETITION,
    Cleaning,
)
from pipeline.corpus.documents import FORMATS
from pipeline.corpus.split import MAX_MIN_VALIDATION_PAGES


@dataclass
class CorpusConfig(Cleaning):
    """What `mswitch corpus` keeps. The defaults are mC4 as it was published."""

    # Reading
    max_record_bytes: int = 4 * 2**20  # longer records are rejected; Common Crawl: 1 to 5 MiB
    max_page_characters: int = 190_000  # longer pages go; 0 = no limit (TFDS)
    paths_prefix: str = ""  # before the lines of lists of paths; none = the list's folder
    html_main_content: bool = False  # of HTML only the main text, by Resiliparse's rules
    text_field: str = "text"  # of JSON lines and Parquet, as the next two
    url_field: str = "url"  # may be missing in a document
    timestamp_field: str = "timestamp"  # may be missing in a document
    text_page_lines: int = 25  # of a text file that make a page, where no empty line ends it

    # Duplicates (mC4)
    drop_duplicate_urls: bool = True  # the newest page of a URL stays
    drop_duplicate_pages: bool = True  # of pages with the same text one stays
    drop_duplicate_lines: bool = True  # a line stays on one page only

    # Long lines (mC4); checked again after lines were dropped
    min_long_lines: int = 3  # lines; 0 = rule off
    min_line_characters: int = 200  # characters that make a line a long one

    # C4's rules for lines and pages, which mC4 as published does not have
    drop_lorem_ipsum_pages: bool = False
    drop_curly_bracket_pages: bool = False
    drop_javascript_lines: bool = False
    drop_policy_lines: bool = False  # "cookie policy", "terms of use" and the like
    require_terminal_punctuation: bool = False  # of the line's script (`langs.punctuation`)
    min_words_per_line: int = 0  # words, in scripts that separate them; 0 = rule off (C4: 5)
    max_word_characters: int = 0  # lines with a longer word go; 0 = rule off (C4: 1000)

    # Language and bad words (mC4)
    min_language_probability: float = 0.7  # of cld3
    identify_bytes: int = 10_000  # UTF-8 bytes of a page that cld3 reads
    identify_sample_bytes: int = 0  # of these read first, and alone where cld3 is sure; 0 = off
    identifier: str = CLD3  # or module:function, or path/file.py:function (docs/corpus.md)
    languages: list[str] = field(default_factory=list)  # codes to keep; empty = all 107 tasks
    drop_bad_word_pages: bool = True
    min_pages_per_language: int = 10_000  # pages, train and validation together

    # Train and validation
    validation_share: float = 0.001  # of the pages, chosen by hash of the URL
    min_validation_pages: int = 0  # pages of each language; mC4 has no such rule

    # Output: no influence on what is kept
    output_format: str = "jsonl"  # JSON lines under zstd; or "parquet"
    shard_bytes: int = 256 * 2**20  # UTF-8 bytes of text that one output file holds at most, about
    hash_buckets: int = 32  # parts in which hashes are compared; more = less memory for each


EXECUTION = ("hash_buckets", "paths_prefix")
"""Settings that change nothing in the output."""

_MC4 = CorpusConfig()

# C4's limit of 3 sentences a page is covered by `min_long_lines`.
_C4 = dataclasses.replace(
    _MC4,
    drop_lorem_ipsum_pages=True,
    drop_curly_bracket_pages=True,
    drop_javascript_lines=True,
    drop_policy_lines=True,
    require_terminal_punctuation=True,
    min_words_per_line=5,
    max_word_characters=1000,
)

# What mC4's successors added, where one value fits all languages: Gopher's limits for the mean
# length of a word are made for English (clean Korean, Hawaiian, Tamil and Malayalam break them).
_MODERN = dataclasses.replace(
    _MC4,
    remove_soft_hyphens=True,
    repair_encoding=True,
    near_duplicate_likeness=0.8,
    min_script_share=0.5,
    **GOPHER_REPETITION,
    **{name: GOPHER_QUALITY[name] for name in GOPHER_QUALITY if "mean_word" not in name},
    mask_emails=True,
    mask_ip_addresses=True,
    mask_phone_numbers=True,
    mask_account_numbers=True,
)

# The sample's pages are short and few: smaller limits, all else as in `c4`.
_SAMPLE = dataclasses.replace(
    _C4,
    min_words_per_line=3,
    min_line_characters=30,
    min_pages_per_language=3,
    validation_share=0.1,
    min_validation_pages=2,
)

PRESETS: Mapping[str, CorpusConfig] = {"mc4": _MC4, "c4": _C4, "modern": _MODERN, "sample": _SAMPLE}
"""`mc4`: mC4 as published. `c4`: mC4 with all of C4's rules. `sample`: `c4` for short pages."""


def preset(name: str) -> CorpusConfig:
    """A copy of the settings called `name`. Raises InputError for an unknown name."""
    if name not in PRESETS:
        raise InputError(f"unknown preset {name!r}: use one of {', '.join(PRESETS)}")
    return copy.deepcopy(PRESETS[name])


def named_files(config: CorpusConfig) -> list[Path]:
    """The files that settings name. Raises InputError for one that is missing."""
    files = []
    for name in FILE_SETTINGS:
        value = getattr(config, name)
        for path in map(Path, value if isinstance(value, list) else [value] if value else []):
            if not path.is_file():
                raise InputError(f"{name}: {path} is not a file; check the path")
            files.append(path)
    return files


_SIZES = ("max_record_bytes", "identify_bytes", "text_page_lines", "shard_bytes", "hash_buckets")
_RUNS = ("near_duplicate_words", "duplicate_span_lines", "copied_run_words", "evaluation_run_words")
_SHARES = (
    "near_duplicate_likeness",
    "max_copied_run_share",
    "min_script_share",
    "max_evaluation_share",
)


def check(config: CorpusConfig) -> None:
    """Raises InputError for a value out of range or an unknown language code."""
    for code in config.languages:
        registry.get(code)
    if config.output_format not in FORMATS:
        known = ", ".join(FORMATS)
        raise InputError(f"output_format is {config.output_format!r}: use one of {known}")
    for name, value in dataclasses.asdict(config).items():
        for number in value if isinstance(value, list) else [value]:
            if isinstance(number, (int, float)) and number < 0:
                raise InputError(f"{name} is {value}: it must not be negative")
    for name in (*_SIZES, *_RUNS):
        if getattr(config, name) < 1:
            raise InputError(f"{name} is {getattr(config, name)}: it must be at least 1")
    for name, most in (
        ("min_language_probability", 1),
        *((name, 1) for name in _SHARES),
        ("validation_share", 0.5),
        ("min_validation_pages", MAX_MIN_VALIDATION_PAGES),
    ):
        if getattr(config, name) > most:
            raise InputError(f"{name} is {getattr(config, name)}: it must be at most {most}")


_METHODS = ("temperature", "unimax")
_UNITS = ("documents", "tokens", "bytes")


@dataclass
class PrepareConfig:
    """What `mswitch prepare` makes of a corpus. The mixture and the tokenizer are mT5's."""

    # Mixture (`langs.sampling`)
    method: str = "temperature"  # or "unimax"
    alpha: float = 0.3  # rates go with size ** alpha (temperature only)
    max_epochs: float = 4.0  # most passes over one language (unimax only)
    unit: str = "documents"  # what sizes count: documents (as mT5), tokens or bytes
    token_budget: int = 0  # tokens that the training will draw; 0 = one pass over the corpus

    # Tokenizer
    vocabulary_size: int = 8000  # ids: SentencePiece's pieces and 100 sentinels
    character_coverage: float = 0.99999  # share of the text whose characters get own pieces
    sample_characters: int = 0  # characters of text to learn from; 0 = 300 for each id
    tokenizer_alpha: float = 0.3  # languages of that text go with documents ** tokenizer_alpha

    # Shards
    shard_bytes: int = 256 * 2**20  # bytes of ids that one shard file holds at most, about

    seed: int = 1  # of the choice of sentences that the tokenizer learns from


def check_prepare(config: PrepareConfig) -> None:
    """Raises InputError for a value out of range."""
    for name, known in (("method", _METHODS), ("unit", _UNITS)):
        if getattr(config, name) not in known:
            raise InputError(f"{name} is {getattr(config, name)!r}: use one of {', '.join(known)}")
    for name, least in (("token_budget", 0), ("sample_characters", 0), ("shard_bytes", 1)):
        if getattr(config, name) < least:
            raise InputError(f"{name} is {getattr(config, name)}: it must be at least {least}")
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
    """What `mswitch sample` draws from a corpus. The mixture is mT5's."""

    method: str = "temperature"  # or "unimax"
    alpha: float = 0.3  # rates go with size ** alpha (temperature only)
    max_epochs: float = 4.0  # most copies of one language (unimax only)
    unit: str = "documents"  # what sizes count: documents (as mT5), tokens or bytes
    budget: int = 0  # size of the sample; 0 = that of the corpus
    budget_unit: str = "bytes"  # what the budget counts: documents, tokens or bytes
    seed: int = 1  # of the choice of documents


def check_sample(config: SampleConfig, has_tokenizer: bool) -> None:
    """Raises InputError for a value out of range, or tokens without a tokenizer to count them."""
    for name, known in (("method", _METHODS), ("unit", _UNITS), ("budget_unit", _UNITS)):
        if getattr(config, name) not in known:
            raise InputError(f"{name} is {getattr(config, name)!r}: use one of {', '.join(known)}")
    if config.budget < 0:
        raise InputError(f"budget is {config.budget}: it must be at least 0")
    if config.budget_unit == "tokens" and not has_tokenizer:
        raise InputError("a budget of tokens needs --tokenizer, the folder of one, to count them")
    if config.unit == "tokens" and config.budget_unit != "tokens":
        raise InputError("sizes in tokens need a budget in tokens; add --budget-unit tokens")
