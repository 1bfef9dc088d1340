"""What was removed and why, by pair of languages: `removed.json`, and the same as a table."""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from langs.directions import Direction
from pipeline.show.table import aligned
from pipeline.translation.bitext import copies
from pipeline.translation.bitext import pair_rules as rules
from pipeline.translation.bitext.readers.rows import SPLITS
from pipeline.translation.bitext.sift import MALFORMED, READ, UNKNOWN, Counts
from pipeline.translation.bitext.write_pairs import TOO_MANY_PIECES

RULES = (
    MALFORMED, rules.EMPTY, rules.NO_LETTERS, rules.TOO_SHORT, rules.TOO_LONG, rules.COPY,
    rules.LENGTH_RATIO, rules.LANGUAGE, *copies.RULES[1:], TOO_MANY_PIECES,
)  # fmt: skip
"""In the order in which they are asked; a pair is counted for the first that it breaks."""

_MOST_ROWS = 40  # of the table


def pairs(counts: Counts) -> list[str]:
    """Names of the pairs that were read."""
    return sorted({name for name, _ in counts} - {UNKNOWN})


def left(counts: Counts, pair: Direction) -> int:
    """How many of a pair's texts no rule has removed so far."""
    name = str(pair)
    return counts[name, READ] - sum(counts[name, rule] for rule in RULES)


def report(counts: Counts, splits: Mapping[str, Any]) -> dict[str, Any]:
    """The content of `removed.json`. counts: of both steps; splits: of `shards.json`.

    For each pair `read`, `removed` by rule and `kept` by split, and the same of all pairs together;
    `unreadable`: lines without languages, by rule.
    """
    found = {}
    for name in pairs(counts):
        removed = {rule: counts[name, rule] for rule in RULES if counts[name, rule]}
        kept = {split: _kept(splits[split].get(name, {})) for split in SPLITS}
        found[name] = {"read": counts[name, READ], "removed": removed, "kept": kept}
    unreadable = {rule: counts[UNKNOWN, rule] for rule in RULES if counts[UNKNOWN, rule]}
    return {"total": _total(found.values()), "unreadable": unreadable, "pairs": found}


def nothing_left(content: Mapping[str, Any]) -> str:
    """What to say of text of which nothing is left to train on."""
    total = content["total"]
    why = [f"{rule} {count:,}" for rule, count in total["removed"].items()]
    kept = [f"{split} {count:,}" for split, count in total["kept"].items() if count]
    found = ", ".join([*why, *kept]) or "the input is empty"
    return f"no training pair is left of {total['read']:,} ({found}); change limits or shares"


def _kept(sides: Mapping[str, Mapping[str, int]]) -> int:
    return next((side["documents"] for side in sides.values()), 0)


def _total(found: Collection[Mapping[str, Any]]) -> dict[str, Any]:
    removed: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    for entry in found:
        removed.update(entry["removed"])
        kept.update(entry["kept"])
    return {
        "read": sum(entry["read"] for entry in found),
        "removed": {rule: removed[rule] for rule in RULES if removed[rule]},
        "kept": {split: kept[split] for split in SPLITS},
    }


def text(content: Mapping[str, Any]) -> str:
    """The table for a terminal: the total, then pairs, those with most text first."""
    rules = list(content["total"]["removed"])
    found = sorted(content["pairs"].items(), key=lambda item: (-item[1]["read"], item[0]))
    shown = [("all", content["total"]), *found[:_MOST_ROWS]]
    rows = [["pair", "read", *rules, *SPLITS]]
    rows += [_cells(name, entry, rules) for name, entry in shown]
    lines = [aligned(rows)]
    if len(found) > _MOST_ROWS:
        lines.append(f"and {len(found) - _MOST_ROWS} pairs more, in removed.json")
    unreadable = content["unreadable"].items()
    lines += [f"{count:,} lines of unknown languages: {rule}" for rule, count in unreadable]
    return "\n".join(lines)


def _cells(name: str, entry: Mapping[str, Any], rules: list[str]) -> list[str]:
    numbers = [entry["read"], *(entry["removed"].get(rule, 0) for rule in rules)]
    return [name, *(f"{number:,}" for number in [*numbers, *entry["kept"].values()])]
