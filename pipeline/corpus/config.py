"""The settings of the corpus job, and its presets: `mc4`, `c4`, `modern`, `sample`.

Sources: mC4 = mT5 paper (arXiv 2010.11934, section 3.1) and TFDS `c4/multilingual` 3.0.1, which
made it; C4 = T5 paper (arXiv 1910.10683, section 2.2) and TFDS `c4/en`.
"""

import copy
import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from langs import registry
from langs.errors import InputError
from langs.identify import CLD3
from pipeline.corpus.cleaning_config import GOPHER_QUALITY, GOPHER_REPETITION, Cleaning
from pipeline.corpus.documents import FORMATS
from pipeline.corpus.split import MAX_MIN_VALIDATION_PAGES
from pipeline.stages import settings
from pipeline.stages.settings import setting

_reading = partial(setting, group="Reading")
_duplicates = partial(setting, group="Duplicates (mC4)")
_long_lines = partial(setting, group="Long lines (mC4), checked again without duplicate lines")
_c4 = partial(setting, group="C4's rules for lines and pages, which mC4 as published lacks")
_language = partial(setting, group="Language and bad words (mC4)")
_splits = partial(setting, group="Training and validation splits")
_output = partial(setting, group="Output, without influence on what is kept")


@dataclass
class CorpusConfig(Cleaning):
    """The rules and limits of `mswitch corpus`. The defaults are mC4 as it was published."""

    max_record_bytes: int = _reading(
        4 * 2**20,
        "longest record that is read, in bytes",
        least=1,
        source="ours; Common Crawl cuts pages at 1 to 5 MiB",
    )
    max_page_characters: int = _reading(
        190_000,
        "longest page, in characters (TFDS); 0: no limit",
        least=0,
        source="TFDS `is_valid_length`",
    )
    paths_prefix: str = _reading(
        "",
        "prefix of the paths in lists of paths; empty: the list's folder",
        item="PREFIX",
        changes_output=False,
        source="ours",
    )
    html_main_content: bool = _reading(
        False,
        "keep the main content of HTML alone, by Resiliparse's rules",
        source="ours",
    )
    text_field: str = _reading(
        "text", "field of JSON lines and Parquet with the text", source="mC4's names"
    )
    url_field: str = _reading(
        "url", "field with the URL, which a document may lack", source="mC4's names"
    )
    timestamp_field: str = _reading(
        "timestamp",
        "field with the timestamp, which a document may lack",
        source="mC4's names",
    )
    text_page_lines: int = _reading(
        25,
        "lines of a text file that make a page, where no empty line ends it",
        least=1,
        source="ours",
    )

    drop_duplicate_urls: bool = _duplicates(
        True, "of pages with one URL keep the newest", source="TFDS `dedupe_urls` 3.0.0"
    )
    drop_duplicate_pages: bool = _duplicates(
        True, "of pages with one text keep the first", source="follows from duplicate lines"
    )
    drop_duplicate_lines: bool = _duplicates(
        True,
        "keep a line on its first page only",
        source="mT5 paper 3.1, TFDS `remove_duplicate_text`",
    )

    min_long_lines: int = _long_lines(
        3,
        "fewest long lines of a page; 0: off",
        least=0,
        source="mT5 paper 3.1, TFDS `paragraph_filter`",
    )
    min_line_characters: int = _long_lines(
        200,
        "characters that make a line a long one",
        least=0,
        source="mT5 paper 3.1, TFDS `paragraph_filter`",
    )

    drop_lorem_ipsum_pages: bool = _c4(
        False, 'drop pages with "lorem ipsum"', source="T5 paper 2.2"
    )
    drop_curly_bracket_pages: bool = _c4(
        False, "drop pages with a curly bracket", source="T5 paper 2.2"
    )
    remove_citation_marks: bool = _c4(
        False,
        "remove citation marks ([1], [edit], [citation needed]) before all other rules",
        source="T5 paper 2.2; marks of TFDS `clean_page`",
    )
    drop_javascript_lines: bool = _c4(
        False,
        "drop lines that mention JavaScript",
        source="T5 paper 2.2; terms of TFDS `clean_page`",
    )
    drop_policy_lines: bool = _c4(
        False,
        "drop lines that mention a cookie policy, terms of use and the like",
        source="T5 paper 2.2; terms of TFDS `clean_page`",
    )
    require_terminal_punctuation: bool = _c4(
        False,
        "drop lines without a sentence end of their script (`langs.punctuation`)",
        source="T5 paper 2.2; marks of other scripts ours",
    )
    min_words_per_line: int = _c4(
        0,
        "fewest words of a line, in scripts that separate words; 0: off (C4: 5)",
        least=0,
        source="TFDS `clean_page` (paper: 3 in its last version, 5 before)",
    )
    max_word_characters: int = _c4(
        0,
        "longest word of a line, in characters; 0: off (C4: 1000)",
        least=0,
        source="TFDS `clean_page`",
    )

    min_language_probability: float = _language(
        0.7,
        "smallest probability of the identified language",
        least=0,
        most=1,
        by_language=True,
        source="mT5 paper 3.1",
    )
    identify_bytes: int = _language(
        10_000,
        "UTF-8 bytes of a page that cld3 reads at most",
        least=1,
        source="TFDS `detect_languages`",
    )
    identify_sample_bytes: int = _language(
        0,
        "bytes of a sample that cld3 reads first, and alone where it is sure; 0: off",
        least=0,
        source="ours",
    )
    identifier: str = _language(
        CLD3,
        "language identifier: cld3, module:function or path/file.py:function",
        source="mT5 paper 3.1",
    )
    languages: list[str] = _language(
        [],
        "codes of the languages to keep",
        item="CODE",
        unset="all of mC4's",
        source="mT5 paper 3.1",
    )
    drop_bad_word_pages: bool = _language(
        True, "drop pages with a bad word of their language", source="mT5 paper 3.1"
    )
    min_pages_per_language: int = _language(
        10_000,
        "fewest pages of a language, training and validation together",
        least=0,
        source="mT5 paper 3.1",
    )

    validation_share: float = _splits(
        0.001,
        "share of the pages for validation, by hash of the URL",
        least=0,
        most=0.5,
        source="TFDS: MD5 of the URL modulo 1,000",
    )
    min_validation_pages: int = _splits(
        0,
        "fewest validation pages of a language; mC4 has no such rule",
        least=0,
        most=MAX_MIN_VALIDATION_PAGES,
        source="ours: every language has a held-out part",
    )

    output_format: str = _output(
        "jsonl",
        "format of the documents: jsonl (JSON lines under zstd) or parquet",
        choices=tuple(FORMATS),
        item="NAME",
        source="ours",
    )
    shard_bytes: int = _output(
        256 * 2**20,
        "UTF-8 bytes of text in an output file at most, about",
        least=1,
        source="ours",
    )
    hash_buckets: int = _output(
        32,
        "buckets in which hashes are compared; more need less memory each",
        least=1,
        changes_output=False,
        source="ours",
    )


_MC4 = CorpusConfig()

# C4's limit of 3 sentences a page is covered by `min_long_lines`.
_C4 = dataclasses.replace(
    _MC4,
    drop_lorem_ipsum_pages=True,
    drop_curly_bracket_pages=True,
    remove_citation_marks=True,
    drop_javascript_lines=True,
    drop_policy_lines=True,
    require_terminal_punctuation=True,
    min_words_per_line=5,
    max_word_characters=1000,
)

# What mC4's successors added, where one value fits all languages: Gopher's limits for the mean
# length of a word are made for English (clean Korean, Hawaiian, Tamil and Malayalam break them).
# They have no lists of bad words, which cost clean text too (docs/decisions).
_MODERN = dataclasses.replace(
    _MC4,
    remove_soft_hyphens=True,
    repair_encoding=True,
    near_duplicate_likeness=0.8,
    min_script_share=0.5,
    **GOPHER_REPETITION,
    **{name: GOPHER_QUALITY[name] for name in GOPHER_QUALITY if "mean_word" not in name},
    drop_bad_word_pages=False,
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
    for name in settings.named(config, "is_file"):
        value = getattr(config, name)
        for path in map(Path, value if isinstance(value, list) else [value] if value else []):
            if not path.is_file():
                raise InputError(f"{name}: {path} is not a file; check the path")
            files.append(path)
    return files


def check(config: CorpusConfig) -> None:
    """Raise InputError for a value out of range or an unknown language code."""
    for code in config.languages:
        registry.get(code)
    settings.check(config)
