"""Numbers of removed pairs by rule and pair of languages: `removed.json`, and a table of it."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from langs.directions import Direction
from pipeline.show.table import aligned
from pipeline.translation.bitext import copies, pair_rules
from pipeline.translation.bitext.readers.rows import SPLITS
from pipeline.translation.bitext.sift import MALFORMED, READ, UNKNOWN, Counts
from pipeline.translation.bitext.write_pairs import TOO_MANY_PIECES

RULES = (
    MALFORMED, pair_rules.EMPTY, pair_rules.NO_LETTERS, pair_rules.TOO_SHORT, pair_rules.TOO_LONG,
    pair_rules.COPY, pair_rules.LENGTH_RATIO, pair_rules.LANGUAGE, *copies.RULES[1:],
    TOO_MANY_PIECES,
)  # fmt: skip
"""In the order of their application; a pair is counted for the first that it breaks."""

_MOST_ROWS = 40  # of the table


def left(counts: Counts, pair: Direction) -> int:
    """The number of a pair's texts that no rule has removed so far."""
    name = str(pair)
    return counts[name, READ] - sum(counts[name, rule] for rule in RULES)


def report(counts: Counts, splits: Mapping[str, Any]) -> dict[str, Any]:
    """The content of `removed.json`. counts: of both steps; splits: of `shards.json`.

    For each pair `read`, `removed` by rule and `kept` by split, and the same of all pairs together;
    `unreadable`: lines without languages, by rule.
    """
    pairs: dict[str, dict[str, Any]] = {}
    for name in sorted({name for name, _ in counts} - {UNKNOWN}):
        kept = {split: _kept(splits[split].get(name, {})) for split in SPLITS}
        pairs[name] = {"read": counts[name, READ], "removed": _removed(counts, name), "kept": kept}
    total: Counts = Counter()
    for (name, rule), count in counts.items():
        if name != UNKNOWN:
            total["all", rule] += count
    kept = {split: sum(entry["kept"][split] for entry in pairs.values()) for split in SPLITS}
    return {
        "total": {"read": total["all", READ], "removed": _removed(total, "all"), "kept": kept},
        "unreadable": _removed(counts, UNKNOWN),
        "pairs": pairs,
    }


def nothing_left(content: Mapping[str, Any]) -> str:
    """The message for text of which nothing is left to train on."""
    total = content["total"]
    reasons = [f"{rule} {count:,}" for rule, count in total["removed"].items()]
    kept = [f"{split} {count:,}" for split, count in total["kept"].items() if count]
    numbers = ", ".join([*reasons, *kept]) or "the input is empty"
    return f"no training pair is left of {total['read']:,} ({numbers}); change limits or shares"


def no_pair(name: str, counts: Counts) -> str:
    """The message for an input of this name that gives no pair; counts: of it alone."""
    totals: Counter[str] = Counter()
    for (_, rule), count in counts.items():
        totals[rule] += count
    reasons = ", ".join(f"{rule} {totals[rule]:,}" for rule in RULES if totals[rule])
    return f"{name} gives no pair: {totals[READ]:,} read{f' ({reasons})' if reasons else ''}"


def _removed(counts: Counts, name: str) -> dict[str, int]:
    return {rule: counts[name, rule] for rule in RULES if counts[name, rule]}


def _kept(sides: Mapping[str, Mapping[str, int]]) -> int:
    return next((side["documents"] for side in sides.values()), 0)


def text(content: Mapping[str, Any]) -> str:
    """The table for a terminal: the total, then pairs, those with most text first."""
    rules = list(content["total"]["removed"])
    pairs = sorted(content["pairs"].items(), key=lambda item: (-item[1]["read"], item[0]))
    shown = [("all", content["total"]), *pairs[:_MOST_ROWS]]
    rows = [["pair", "read", *rules, *SPLITS]]
    rows += [_cells(name, entry, rules) for name, entry in shown]
    lines = [aligned(rows)]
    if len(pairs) > _MOST_ROWS:
        lines.append(f"and {len(pairs) - _MOST_ROWS} pairs more, in removed.json")
    unreadable = content["unreadable"].items()
    lines += [f"{count:,} lines of unknown languages: {rule}" for rule, count in unreadable]
    return "\n".join(lines)


def _cells(name: str, entry: Mapping[str, Any], rules: list[str]) -> list[str]:
    numbers = [entry["read"], *(entry["removed"].get(rule, 0) for rule in rules)]
    return [name, *(f"{number:,}" for number in [*numbers, *entry["kept"].values()])]
