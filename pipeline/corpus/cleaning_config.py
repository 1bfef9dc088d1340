"""The settings of what mC4's successors added to its rules; all are off in mC4.

Gopher: arXiv 2112.11446, table A1 and section A.1.1. FineWeb: arXiv 2406.17557. FineWeb-2: arXiv
2506.20920. Dolma: arXiv 2402.00159. CCNet: arXiv 1911.00359. GPT-3: arXiv 2005.14165, appendix C.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

from pipeline.stages.settings import setting

_addresses = partial(setting, group="Addresses (FineWeb)", item="FILE", is_file=True)
_repair = partial(setting, group="Repair of the text, before all other rules")
_duplicates = partial(setting, group="Duplicates over the corpus, beside mC4's")
_by_language = partial(setting, group="By language, after identification")
_repetition = partial(
    setting, group="Repetition (Gopher, table A1); lines are paragraphs", least=0, by_language=True
)
_quality = partial(setting, group="Quality (Gopher, A.1.1)", least=0, by_language=True)
_evaluation = partial(setting, group="Evaluation sets whose text must not be learned (GPT-3)")
_personal = partial(setting, group="Personal data, masked in the output (Dolma, FineWeb)")


@dataclass
class Cleaning:
    """Values of 0, "" and [] turn a rule off. Shares are from 0 to 1."""

    blocked_address_files: list[str] = _addresses(
        [],
        "files of blocked addresses, a domain or host/path a line",
        source="FineWeb 3.1",
    )
    blocked_word_files: list[str] = _addresses(
        [],
        "files of words that block an address which holds one",
        source="FineWeb 3.1",
    )

    remove_soft_hyphens: bool = _repair(
        False, "remove soft hyphens (U+00AD)", source="ours; Unicode 16, 23.2"
    )
    repair_encoding: bool = _repair(
        False, "repair lines that look like mojibake, by ftfy", source="FineWeb, FineWeb-2: ftfy"
    )

    near_duplicate_likeness: float = _duplicates(
        0.0,
        "Jaccard index of the shingles of two pages from which they are near-duplicates; 0: off",
        least=0,
        most=1,
        source="MinHash as FineWeb-2; the limit is ours",
    )
    near_duplicate_words: int = _duplicates(
        5, "words of a shingle (FineWeb-2: 5)", least=1, source="FineWeb-2"
    )
    duplicate_span_lines: int = _duplicates(
        1,
        "lines of a duplicate span, which go together (mC4: 1; C4: 3 sentences)",
        least=1,
        source="mC4; C4 (T5 paper 2.2)",
    )
    normalise_duplicate_lines: bool = _duplicates(
        False,
        "compare lines without digits and punctuation (CCNet)",
        source="CCNet: digits are one, punctuation none",
    )
    max_copied_run_share: float = _duplicates(
        0.0,
        "largest share of a line's word n-grams that other pages have too (Dolma); 0: off",
        least=0,
        most=1,
        source="Dolma: share of a paragraph's n-grams",
    )
    copied_run_words: int = _duplicates(
        13, "words of such an n-gram", least=1, source="GPT-3, appendix C"
    )

    language_limits: str = _by_language(
        "",
        "YAML file of limits for single languages",
        item="FILE",
        is_file=True,
        source="FineWeb-2",
    )
    min_script_share: float = _by_language(
        0.0,
        "smallest share of a page's letters in the script of its language; 0: off",
        least=0,
        most=1,
        by_language=True,
        source="ours",
    )

    max_duplicate_line_share: float = _repetition(
        0.0,
        "largest share of lines that are duplicates; 0: off",
        source="Gopher, table A1",
    )
    max_duplicate_line_character_share: float = _repetition(
        0.0,
        "largest share of characters in duplicate lines; 0: off",
        source="Gopher, table A1",
    )
    max_top_run_shares: list[float] = _repetition(
        [],
        "largest shares of characters in the most frequent word n-gram, of 2, 3, ... words",
        source="Gopher, table A1",
    )
    max_duplicate_run_shares: list[float] = _repetition(
        [],
        "largest shares of characters in duplicate word n-grams, of 5, 6, ... words",
        source="Gopher, table A1",
    )

    min_words: int = _quality(0, "fewest words of a page; 0: off", source="Gopher, A.1.1")
    max_words: int = _quality(0, "most words of a page; 0: off", source="Gopher, A.1.1")
    min_mean_word_characters: float = _quality(
        0.0,
        "smallest mean length of a word, in scripts that separate words; 0: off",
        source="Gopher, A.1.1: 3 and 10, for English",
    )
    max_mean_word_characters: float = _quality(
        0.0,
        "largest mean length of a word, in scripts that separate words; 0: off",
        source="Gopher, A.1.1: 3 and 10, for English",
    )
    max_symbols_per_word: float = _quality(
        0.0,
        "most number signs, and most ellipses, a word; 0: off",
        source="Gopher, A.1.1",
    )
    max_bullet_line_share: float = _quality(
        0.0,
        "largest share of lines that begin with a bullet; 0: off",
        source="Gopher, A.1.1",
    )
    max_ellipsis_line_share: float = _quality(
        0.0,
        "largest share of lines that end in an ellipsis; 0: off",
        source="Gopher, A.1.1",
    )
    min_alphabetic_word_share: float = _quality(
        0.0,
        "smallest share of words with a letter, in scripts that separate words; 0: off",
        source="Gopher, A.1.1",
    )

    evaluation_files: list[str] = _evaluation(
        [],
        "files of evaluation sets: txt, tsv, jsonl, packed or not",
        item="FILE",
        is_file=True,
        source="GPT-3, appendix C",
    )
    evaluation_run_words: int = _evaluation(
        13, "words of the n-grams that are compared", least=1, source="GPT-3, appendix C"
    )
    max_evaluation_share: float = _evaluation(
        0.0,
        "largest share of an example's n-grams that one page may hold; 0: none at all",
        least=0,
        most=1,
        source="GPT-3, appendix C",
    )

    mask_emails: bool = _personal(False, "mask mail addresses", source="Dolma 3.1, FineWeb")
    mask_ip_addresses: bool = _personal(
        False, "mask public IP addresses", source="Dolma 3.1, FineWeb"
    )
    mask_phone_numbers: bool = _personal(False, "mask telephone numbers", source="Dolma 3.1")
    mask_account_numbers: bool = _personal(
        False,
        "mask numbers of payment cards and IBANs",
        source="ours: ISO/IEC 7812 check digit, ISO 13616",
    )


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
