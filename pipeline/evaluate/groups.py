"""The figures over all languages once more over parts of them: by size in mC4, script, family."""

from collections.abc import Mapping

from pipeline.evaluate.language_names import describe
from pipeline.evaluate.report import OverLanguages
from pipeline.evaluate.speedup import Speedup
from pipeline.evaluate.summary import over_languages

UNKNOWN = "unknown"
# Pages in mC4 under which a language is in the bin; of the 107 tasks 42, 31, 26 and 8.
_SIZES = ((1e6, "under 1 M pages"), (1e7, "1 to 10 M pages"), (1e8, "10 to 100 M pages"))
_LARGEST = "100 M pages or more"
SIZES = (*(name for _, name in _SIZES), _LARGEST)  # in the order in which they are shown


def group_summaries(
    gains: Mapping[str, float], speedups: Mapping[str, Speedup]
) -> dict[str, dict[str, OverLanguages]]:
    """{"size" | "script" | "family": {group: figures over its languages}}, both by language.

    Sizes are in their order, scripts and families from many languages to few.
    """
    described = {code: describe(code) for code in gains}
    sizes = {code: size(about["mc4_pages"]) for code, about in described.items()}
    by_size = _summaries(gains, speedups, sizes)
    summaries = {"size": {name: by_size[name] for name in (*SIZES, UNKNOWN) if name in by_size}}
    for key in ("script", "family"):
        groups = {code: about[key] for code, about in described.items()}
        summaries[key] = _many_first(_summaries(gains, speedups, groups))
    return summaries


def size(mc4_pages: int | None) -> str:
    """The bin of a number of pages in mC4."""
    if mc4_pages is None:
        return UNKNOWN
    return next((name for end, name in _SIZES if mc4_pages < end), _LARGEST)


def _summaries(
    gains: Mapping[str, float],
    speedups: Mapping[str, Speedup],
    groups: Mapping[str, str | None],
) -> dict[str, OverLanguages]:
    members: dict[str, list[str]] = {}
    for code in gains:
        members.setdefault(groups[code] or UNKNOWN, []).append(code)
    return {
        name: over_languages([gains[code] for code in codes], [speedups[code] for code in codes])
        for name, codes in members.items()
    }


def _many_first(summaries: dict[str, OverLanguages]) -> dict[str, OverLanguages]:
    by_count = sorted(summaries.items(), key=lambda item: (-item[1].languages_compared, item[0]))
    return dict(by_count)
