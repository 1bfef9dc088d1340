"""The settings of what mC4's successors added to its rules; all are off in mC4.

Gopher: arXiv 2112.11446, table A1 and section A.1.1. FineWeb: arXiv 2406.17557. FineWeb-2: arXiv
2506.20920. Dolma: arXiv 2402.00159. CCNet: arXiv 1911.00359. GPT-3: arXiv 2005.14165, appendix C.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Cleaning:
    """Values of 0, "" and [] turn a rule off. Shares are from 0 to 1."""

    # Addresses (FineWeb)
    blocked_address_files: list[str] = field(default_factory=list)  # domains; host/path
    blocked_word_files: list[str] = field(default_factory=list)  # words of an address

    # Repair of the text, before all other rules
    remove_soft_hyphens: bool = False
    repair_encoding: bool = False  # lines that look like mojibake, by ftfy (as FineWeb)

    # Duplicates over the corpus, beside mC4's
    near_duplicate_likeness: float = 0.0  # Jaccard index of the shingles of two pages
    near_duplicate_words: int = 5  # words in a row that are a shingle (FineWeb-2)
    duplicate_span_lines: int = 1  # lines in a row that go together (mC4: 1; C4: 3 sentences)
    normalise_duplicate_lines: bool = False  # lines that differ in digits, marks: equal (CCNet)
    max_copied_run_share: float = 0.0  # of a line's runs of words that other pages have (Dolma)
    copied_run_words: int = 13  # words of such a run

    # By language, after identification: a YAML file of limits for single languages
    language_limits: str = ""
    min_script_share: float = 0.0  # of the letters, in the language's script

    # Repetition (Gopher): a page goes that has more. Lines are paragraphs here.
    max_duplicate_line_share: float = 0.0
    max_duplicate_line_character_share: float = 0.0
    max_top_run_shares: list[float] = field(default_factory=list)  # for runs of 2, 3, ... words
    max_duplicate_run_shares: list[float] = field(default_factory=list)  # for 5, 6, ... words

    # Quality (Gopher)
    min_words: int = 0
    max_words: int = 0
    min_mean_word_characters: float = 0.0  # scripts that separate words, as the next
    max_mean_word_characters: float = 0.0
    max_symbols_per_word: float = 0.0  # number signs, and ellipses
    max_bullet_line_share: float = 0.0
    max_ellipsis_line_share: float = 0.0
    min_alphabetic_word_share: float = 0.0  # scripts that separate words

    # Evaluation sets whose text must not be learned (GPT-3)
    evaluation_files: list[str] = field(default_factory=list)  # txt, tsv, jsonl; .gz, .zst
    evaluation_run_words: int = 13  # words of the runs compared
    max_evaluation_share: float = 0.0  # of an example's runs on one page; 0 = not one run

    # Personal data, masked in what is written (Dolma, FineWeb)
    mask_emails: bool = False
    mask_ip_addresses: bool = False  # public ones
    mask_phone_numbers: bool = False
    mask_account_numbers: bool = False  # payment cards and IBANs


LANGUAGE_LIMITS = (
    "min_language_probability",
    "min_script_share",
    "max_duplicate_line_share",
    "max_duplicate_line_character_share",
    "max_top_run_shares",
    "max_duplicate_run_shares",
    "min_words",
    "max_words",
    "min_mean_word_characters",
    "max_mean_word_characters",
    "max_symbols_per_word",
    "max_bullet_line_share",
    "max_ellipsis_line_share",
    "min_alphabetic_word_share",
)
"""Settings that may differ by language."""

FILE_SETTINGS = (
    "blocked_address_files",
    "blocked_word_files",
    "language_limits",
    "evaluation_files",
)
"""Settings that name files; what these hold decides what is kept."""

GOPHER_REPETITION: dict[str, Any] = {
    "max_duplicate_line_share": 0.30,
    "max_duplicate_line_character_share": 0.20,
    "max_top_run_shares": [0.20, 0.18, 0.16],
    "max_duplicate_run_shares": [0.15, 0.14, 0.13, 0.12, 0.11, 0.10],
}
"""Gopher's table A1."""

GOPHER_QUALITY: dict[str, Any] = {
    "min_words": 50,
    "max_words": 100_000,
    "min_mean_word_characters": 3.0,
    "max_mean_word_characters": 10.0,
    "max_symbols_per_word": 0.1,
    "max_bullet_line_share": 0.9,
    "max_ellipsis_line_share": 0.3,
    "min_alphabetic_word_share": 0.8,
}
"""Gopher's section A.1.1, made for English; of words in other languages see `language_limits`."""
