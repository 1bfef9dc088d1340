"""The tables of translation scores, the same in HTML, Markdown, CSV and on the screen."""

from typing import Any

from models.generation.translation_scores import MAIN, NAMES, SACREBLEU_NAMES
from pipeline.report.runs.tables import ranged
from pipeline.show.numbers import NOTHING, percent
from pipeline.show.table import Table, aligned, csv_text, markdown_table

_GROUPED_BY = {
    "english": "into and out of English",
    "size": "size in mC4",
    "script": "script",
    "family": "family",
}
_COMPARED = ("difference", "low", "high", "p_value", "significant")
_TEXTS = ("System", "System and score", "Group", "Direction", "Tokenizer")  # columns of words
_NAMED = 8  # directions that a signature names; more are counted


def headline(report: dict[str, Any]) -> str:
    """One sentence: the best system, and what it gains over the baseline."""
    systems, baseline = report["summary"]["systems"], report["baseline"]
    best = max(systems, key=lambda name: systems[name][MAIN]["score"])
    where = _where(report)
    mean = score(systems[best][MAIN]["score"])
    if len(systems) == 1:
        return f"{best} has {mean} chrF++{where}."
    if best == baseline:
        return f"No system is better than {baseline}, which has {mean} chrF++{where}."
    found = systems[best][MAIN]
    sure = "significantly" if found["significant"] == 1 else "but not significantly"
    return (
        f"{best} has {mean} chrF++{where}, {signed(found['difference'])} over {baseline}, {sure} "
        f"(95\u00a0% {interval(found)}; p = {p_value(found)})."
    )


def system_tables(report: dict[str, Any]) -> list[Table]:
    """All systems, and how they compare with the baseline."""
    several = len(report["systems"]) > 1
    return [_systems_table(report), *([_comparison_table(report)] if several else [])]


def group_tables(report: dict[str, Any]) -> list[Table]:
    """Means over groups of directions; none for a single direction."""
    several = len(report["directions"]) > 1
    return [_group_table(report, by) for by in _GROUPED_BY] if several else []


def signature_lines(report: dict[str, Any]) -> list[str]:
    """Each signature once, with the directions or the score that it is of."""
    users: dict[tuple[str, str], list[str]] = {}
    for direction, entry in report["directions"].items():
        for key, signature in entry["signatures"].items():
            users.setdefault((SACREBLEU_NAMES[key], signature), []).append(direction)
    return [
        f"{name}|{signature}{_of(directions, len(report['directions']))}"
        for (name, signature), directions in users.items()
    ]


def _of(directions: list[str], every: int) -> str:
    """The directions of a signature, or how many; nothing if it is that of all."""
    if len(directions) == every:
        return ""
    named = len(directions) <= _NAMED
    return f" ({', '.join(directions) if named else f'{len(directions)} directions'})"


def summary_text(report: dict[str, Any]) -> str:
    """The systems, means over directions, and the headline."""
    systems = system_tables(report)[0]
    return f"{aligned([systems.headings, *systems.rows], None)}\n\n{headline(report)}"


def screen_text(report: dict[str, Any]) -> str:
    """Directions, systems, into and out of English, signatures; the headline at the end."""
    directions = direction_table(report)
    parts = [aligned([directions.headings, *directions.rows], None)]
    groups = group_tables(report)
    first = 0 if groups else 1  # of one direction the means are what stands above
    for table in [*system_tables(report)[first:], *groups[:1]]:
        parts.append(f"{table.title}\n{aligned([table.headings, *table.rows], None)}")
    parts.append("\n".join(signature_lines(report)))
    return "\n\n".join([*parts, "\n".join([headline(report), *report["notes"]])])


def markdown(report: dict[str, Any]) -> str:
    """All tables as one Markdown page."""
    parts = ["# Translation scores", headline(report), *report["notes"]]
    for table in [*system_tables(report), *group_tables(report), direction_table(report)]:
        letters = "".join("l" if one in _TEXTS else "r" for one in table.headings)
        rows = markdown_table(table.headings, letters, table.rows)
        parts += [f"## {table.title}", table.explained, rows]
    parts += ["## Signatures", "\n".join(f"- `{line}`" for line in signature_lines(report))]
    return "\n\n".join(parts) + "\n"


EXPLAINED = (
    "Scores by sacreBLEU, 0 to 100, higher is better. Behind a change stands its 95 % interval, by "
    "the paired bootstrap over test lines; the p-value is sacreBLEU’s. BLEU by different "
    "tokenizers does not compare. Off target: lines that are surely in another language than the "
    "target; the references’ share is what the identifier gets wrong."
)


def direction_table(report: dict[str, Any]) -> Table:
    """A row a direction and system; the first two columns and the tokenizer are text."""
    several = len(report["systems"]) > 1
    rows = [
        [
            direction,
            system,
            str(entry["lines"]),
            entry["tokenizer"],
            *(score(scores[key]["score"]) for key in NAMES),
            *([change(scores[MAIN]), p_value(scores[MAIN])] if several else []),
            f"{percent(scores['off_target'])} ({percent(entry['references']['off_target'])})",
        ]
        for direction, entry in report["directions"].items()
        for system, scores in entry["systems"].items()
    ]
    compared = ["Change of chrF++", "p"] if several else []
    headings = ["Direction", "System", "Lines", "Tokenizer", *NAMES.values(), *compared]
    return Table("Directions", EXPLAINED, [*headings, "Off target (references)"], rows)


def directions_csv(report: dict[str, Any]) -> str:
    """One line a direction and system, full precision, empty where there is no comparison."""
    about = ["source", "target", "english", "size", "script", "family", "lines", "tokenizer"]
    shares = ["off_target", "undecided", "empty"]
    rows = [
        [
            direction,
            system,
            *(entry[key] for key in about),
            *_numbers(scores),
            *(scores[key] for key in shares),
            entry["references"]["off_target"],
        ]
        for direction, entry in report["directions"].items()
        for system, scores in entry["systems"].items()
    ]
    columns = ["direction", "system", *about, *_number_columns(), *shares]
    return csv_text([*columns, "references_off_target"], rows)


def groups_csv(report: dict[str, Any]) -> str:
    """One line a group of directions and system; the group `all` first."""
    groups = [("all", "all", report["summary"])]
    groups += [
        (by, name, one) for by, found in report["groups"].items() for name, one in found.items()
    ]
    counts = ["better", "worse", "significantly_better", "significantly_worse"]
    rows = [
        [by, name, group["directions"], system, *_numbers(found), found["off_target"]]
        + [found.get(key) for key in counts]
        for by, name, group in groups
        for system, found in group["systems"].items()
    ]
    columns = ["grouped_by", "group", "directions", "system", *_number_columns(), "off_target"]
    return csv_text([*columns, *counts], rows)


def score(value: float) -> str:
    """A score of 0 to 100 with two digits."""
    return f"{value:.2f}"


def signed(value: float) -> str:
    """A difference of scores: +1.20, −0.31."""
    return f"{value:+.2f}".replace("-", "−")


def p_value(found: dict[str, Any]) -> str:
    return f"{found['p_value']:.4f}" if "p_value" in found else NOTHING


def interval(found: dict[str, Any]) -> str:
    """+0.80 to +1.60"""
    low, high = found["interval"]
    return f"{signed(low)} to {signed(high)}"


def change(found: dict[str, Any]) -> str:
    """The difference from the baseline and its interval, * where that does not hold 0."""
    if "difference" not in found:
        return NOTHING
    mark = "*" if found["significant"] else ""
    return ranged(signed(found["difference"]) + mark, found["interval"], signed)


def _where(report: dict[str, Any]) -> str:
    directions = list(report["directions"])
    if len(directions) == 1:
        return f" on {directions[0]}"
    return f" in the mean over {len(directions)} directions"


def _systems_table(report: dict[str, Any]) -> Table:
    rows = [
        [
            name,
            *(score(found[key]["score"]) for key in NAMES),
            percent(found["off_target"]),
            percent(found["undecided"]),
        ]
        for name, found in report["summary"]["systems"].items()
    ]
    headings = ["System", *NAMES.values(), "Off target", "Undecided"]
    noise = percent(report["summary"]["references_off_target"])
    explained = (
        "Means over directions, each counting once. The identifier takes "
        f"{noise} of the references, too, for another language."
    )
    return Table("Systems", explained, headings, rows)


def _comparison_table(report: dict[str, Any]) -> Table:
    baseline = report["baseline"]
    every = report["summary"]["systems"]
    rows = [
        [
            f"{name}, {title}",
            _drawn(every[baseline][key]),
            _drawn(found[key]),
            change(found[key]),
            p_value(found[key]),
            *([_wins(found, one) for one in ("better", "worse")] if key == MAIN else [NOTHING] * 2),
        ]
        for name, found in every.items()
        for key, title in NAMES.items()
        if name != baseline
    ]
    headings = ["System and score", baseline, "Score", "Change", "p", "Better", "Worse"]
    explained = (
        "Paired bootstrap over test lines. With a score stand the mean of the draws and half of "
        "their 95 % interval, with a change its interval, and * if that does not hold 0. Better "
        "and worse: directions, and of them those with *."
    )
    return Table(f"Comparison with {baseline}", explained, headings, rows)


def _drawn(found: dict[str, Any]) -> str:
    """A score as sacreBLEU prints it after a bootstrap: 34.67 (34.72 ± 4.53)."""
    return f"{score(found['score'])} ({score(found['mean'])} ± {score(found['ci'])})"


def _wins(found: dict[str, Any], side: str) -> str:
    """How many directions are `better` or `worse`, in brackets the significant ones."""
    return f"{found[side]} ({found[f'significantly_{side}']})"


def _group_table(report: dict[str, Any], by: str) -> Table:
    names, baseline = report["systems"], report["baseline"]
    others = [name for name in names if name != baseline]
    rows = [
        [
            group,
            str(found["directions"]),
            *(score(found["systems"][name][MAIN]["score"]) for name in names),
            *(change(found["systems"][name][MAIN]) for name in others),
            *(percent(found["systems"][name]["off_target"]) for name in names),
        ]
        for group, found in report["groups"][by].items()
    ]
    headings = [
        "Group", "Directions", *names, *(f"Change of {name}" for name in others),
        *(f"Off target, {name}" for name in names),
    ]  # fmt: skip
    explained = "Mean chrF++ over the directions of a group, with the 95 % interval of its change."
    return Table(f"By {_GROUPED_BY[by]}", explained, headings, rows)


def _numbers(scores: dict[str, Any]) -> list[Any]:
    """The cells of `_number_columns`."""
    found = []
    for key in NAMES:
        one = scores[key]
        low, high = one.get("interval", (None, None))
        found += [one["score"], one.get("difference"), low, high]
        found += [one.get("p_value"), one.get("significant")]
    return found


def _number_columns() -> list[str]:
    return [column for key in NAMES for column in (key, *(f"{key}_{one}" for one in _COMPARED))]
