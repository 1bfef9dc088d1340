"""The figures over all languages once more over parts of them: by size in mC4, script, family."""

from collections.abc import Callable
from typing import Any

from pipeline.evaluate.speedup import Speedup
from pipeline.evaluate.summary import over_languages

UNKNOWN = "unknown"
# Pages in mC4 under which a language is in the bin; of the 107 tasks 42, 31, 26 and 8.
_SIZES = ((1e6, "under 1 M pages"), (1e7, "1 to 10 M pages"), (1e8, "10 to 100 M pages"))
_LARGEST = "100 M pages or more"
SIZES = (*(name for _, name in _SIZES), _LARGEST)  # in the order in which they are shown


def group_summaries(
    languages: dict[str, dict[str, Any]], speedups: list[Speedup]
) -> dict[str, dict[str, Any]]:
    """{"size" | "script" | "family": {group: what `over_languages` says of it}}.

    `languages`: entries of the report with `gain` and what `names.describe` gives, in the order of
    `speedups`. Sizes in their order, scripts and families from many languages to few.
    """
    entries = list(languages.values())
    by_size = _summaries(entries, speedups, lambda entry: size(entry["mc4_pages"]))
    ordered = [name for name in (*SIZES, UNKNOWN) if name in by_size]
    return {
        "size": {name: by_size[name] for name in ordered},
        "script": _many_first(_summaries(entries, speedups, lambda entry: entry["script"])),
        "family": _many_first(_summaries(entries, speedups, lambda entry: entry["family"])),
    }


def size(mc4_pages: int | None) -> str:
    """The bin of a number of pages in mC4."""
    if mc4_pages is None:
        return UNKNOWN
    return next((name for end, name in _SIZES if mc4_pages < end), _LARGEST)


def _summaries(
    entries: list[dict[str, Any]],
    speedups: list[Speedup],
    group_of: Callable[[dict[str, Any]], str | None],
) -> dict[str, dict[str, Any]]:
    members: dict[str, list[int]] = {}
    for index, entry in enumerate(entries):
        members.setdefault(group_of(entry) or UNKNOWN, []).append(index)
    return {
        name: over_languages([entries[i]["gain"] for i in found], [speedups[i] for i in found])
        for name, found in members.items()
    }


def _many_first(summaries: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    def key(item: tuple[str, dict[str, Any]]) -> tuple[int, str]:
        return -item[1]["languages_compared"], item[0]

    return dict(sorted(summaries.items(), key=key))
