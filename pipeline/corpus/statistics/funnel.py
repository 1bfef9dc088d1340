"""The content of `statistics.json`: languages, the funnel, and the fate of every record."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from pipeline.corpus.cleaning_config import GOPHER_QUALITY, GOPHER_REPETITION
from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.split import LanguageSize

FILTERS = (
    "read",
    "blocked_urls",
    "page_length",
    "duplicate_urls",
    "page_rules",
    "duplicate_pages",
    "near_duplicates",
    "duplicate_lines",
    "language",
    "script",
    "repetition",
    "quality",
    "bad_words",
    "contamination",
    "pages_per_language",
)
"""The steps that drop pages, in order."""

_SETTINGS = {
    "blocked_urls": ("blocked_address_files", "blocked_word_files"),
    "near_duplicates": ("near_duplicate_likeness",),
    "script": ("min_script_share", "language_limits"),
    "repetition": (*GOPHER_REPETITION, "language_limits"),
    "quality": (*GOPHER_QUALITY, "language_limits"),
    "contamination": ("evaluation_files",),
}
"""Steps that the funnel shows only where one of their settings is on."""

SPLITS = ("train", "validation")
MEASURES = ("documents", "lines", "characters", "bytes")

Key = tuple[str, ...]
"""("found",) records; ("dropped", filter, reason) pages; ("lines", rule) lines removed;
("unread", file, reason) input files without a page; ("masked", kind) personal data;
("kept", language, split, measure); ("metric", name)."""


def is_kept(size: LanguageSize, config: CorpusConfig) -> bool:
    """Whether a language has enough pages."""
    return size.pages >= config.min_pages_per_language


def summarise(
    counts: Mapping[Key, int], sizes: Mapping[str, LanguageSize], config: CorpusConfig
) -> dict[str, Any]:
    """The content of `statistics.json`; `sizes` are the languages before small ones are dropped.

    Raises AssertionError if pages have got lost between two steps.
    """
    dropped = {code: size.pages for code, size in sizes.items() if not is_kept(size, config)}
    few = {("dropped", "pages_per_language", "few_pages"): sum(dropped.values())}
    funnel = _funnel(Counter(counts) + Counter(few), config)
    languages = _languages(counts)
    documents = sum(part["documents"] for splits in languages.values() for part in splits.values())
    if documents != funnel[-1]["pages_out"]:
        raise AssertionError(f"funnel ends at {funnel[-1]['pages_out']}, written: {documents}")
    rejected = funnel[0]["reasons"]
    return {
        "languages": languages,
        "funnel": funnel,
        "dropped_languages": dict(sorted(dropped.items())),
        "rejected": {"records": sum(rejected.values()), "reasons": rejected},
        "files_without_pages": [
            {"file": key[1], "reason": key[2]} for key in sorted(counts) if key[0] == "unread"
        ],
        "lines_removed": _named(counts, "lines"),
        "masked": _named(counts, "masked"),
    }


def _named(counts: Mapping[Key, int], kind: str) -> dict[str, int]:
    return {key[1]: n for key, n in sorted(counts.items()) if key[0] == kind and n}


def _funnel(counts: Mapping[Key, int], config: CorpusConfig) -> list[dict[str, Any]]:
    funnel, pages = [], counts.get(("found",), 0)
    for name in FILTERS:
        if name in _SETTINGS and not any(getattr(config, each) for each in _SETTINGS[name]):
            continue
        reasons = {
            key[2]: n for key, n in sorted(counts.items()) if key[:2] == ("dropped", name) and n
        }
        left = pages - sum(reasons.values())
        funnel.append({"filter": name, "pages_in": pages, "pages_out": left, "reasons": reasons})
        pages = left
    return funnel


def _languages(counts: Mapping[Key, int]) -> dict[str, dict[str, dict[str, int]]]:
    codes = sorted({key[1] for key in counts if key[0] == "kept"})
    return {
        code: {
            split: {name: counts.get(("kept", code, split, name), 0) for name in MEASURES}
            for split in SPLITS
        }
        for code in codes
    }


def describe(statistics: Mapping[str, Any]) -> str:
    """The funnel as a table, and one line on what is left."""
    rows = [("filter", "pages in", "pages out", "why they went")]
    for step in statistics["funnel"]:
        reasons = ", ".join(f"{name} {n:,}" for name, n in step["reasons"].items())
        rows.append((step["filter"], f"{step['pages_in']:,}", f"{step['pages_out']:,}", reasons))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        f"{name:<{widths[0]}}  {before:>{widths[1]}}  {after:>{widths[2]}}  {reasons}".rstrip()
        for name, before, after, reasons in rows
    ]
    pages, kept = statistics["funnel"][0]["pages_in"], statistics["funnel"][-1]["pages_out"]
    languages = len(statistics["languages"])
    lines.append(f"{kept:,} of {pages:,} pages kept, in {languages} languages")
    return "\n".join(lines)
