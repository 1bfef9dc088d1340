"""The tables of translation scores, the same in HTML, Markdown, CSV and on the screen."""

from collections.abc import Mapping
from dataclasses import fields

from models.generation.translation_scores import MAIN, NAMES, SACREBLEU_NAMES
from pipeline.report.scores.score_report import Comparison, Score, ScoreReport, Wins
from pipeline.show.numbers import NOTHING, percent
from pipeline.show.table import Table, aligned, csv_text, markdown_table

_GROUPED_BY = {
    "english": "into and out of English",
    "size": "size in mC4",
    "script": "script",
    "family": "family",
}
_COMPARED = ("difference", "low", "high", "p_value", "significant")
_NUMBER_COLUMNS = [
    column for key in NAMES for column in (key, *(f"{key}_{value}" for value in _COMPARED))
]
_TEXTS = ("System", "System and score", "Group", "Direction", "Tokenizer")  # columns of words
_NAMED = 8  # directions that a signature names; more are counted


def headline(report: ScoreReport) -> str:
    """One sentence: the best system, and its gain over the baseline."""
    means, baseline = report.summary.systems, report.baseline
    best = max(means, key=lambda name: means[name].main.score)
    mean = f"{score(means[best].main.score)} chrF++{_where(report)}"
    if not report.is_comparison:
        return f"{best} has {mean}."
    comparison = means[best].main.comparison
    if best == baseline or not comparison:
        return f"No system is better than {baseline}, which has {mean}."
    sure = "significantly" if comparison.significant == 1 else "but not significantly"
    return (
        f"{best} has {mean}, {signed(comparison.difference)} over {baseline}, {sure} "
        f"(95\u00a0% {interval(comparison)}; p = {p_value(means[best].main)})."
    )


def system_tables(report: ScoreReport) -> list[Table]:
    """All systems, and how they compare with the baseline."""
    return [_systems_table(report), *([_comparison_table(report)] if report.is_comparison else [])]


def group_tables(report: ScoreReport) -> list[Table]:
    """Means over groups of directions; none for a single direction."""
    return [_group_table(report, by) for by in _GROUPED_BY] if len(report.directions) > 1 else []


def signature_lines(report: ScoreReport) -> list[str]:
    """Each signature once, with the directions that have it."""
    users: dict[tuple[str, str], list[str]] = {}
    for direction, entry in report.directions.items():
        for key, signature in entry.signatures.items():
            users.setdefault((SACREBLEU_NAMES[key], signature), []).append(direction)
    return [
        f"{name}|{signature}{_directions(names, len(report.directions))}"
        for (name, signature), names in users.items()
    ]


def _directions(names: list[str], every: int) -> str:
    """The directions of a signature, or their number if there are many; nothing for all."""
    if len(names) == every:
        return ""
    return f" ({', '.join(names) if len(names) <= _NAMED else f'{len(names)} directions'})"


def summary_text(report: ScoreReport) -> str:
    """The systems, means over directions, and the headline."""
    return f"{_columns(_systems_table(report))}\n\n{headline(report)}"


def screen_text(report: ScoreReport) -> str:
    """Directions, systems, into and out of English, signatures; the headline at the end."""
    parts = [_columns(direction_table(report))]
    groups = group_tables(report)
    first = 0 if groups else 1  # the means of one direction are its scores above
    for table in [*system_tables(report)[first:], *groups[:1]]:
        parts.append(f"{table.title}\n{_columns(table)}")
    parts.append("\n".join(signature_lines(report)))
    return "\n\n".join([*parts, "\n".join([headline(report), *report.notes])])


def _columns(table: Table) -> str:
    return aligned([table.headings, *table.rows], None)


def markdown(report: ScoreReport) -> str:
    """All tables as one Markdown page."""
    parts = ["# Translation scores", headline(report), *report.notes]
    for table in [*system_tables(report), *group_tables(report), direction_table(report)]:
        letters = "".join("l" if heading in _TEXTS else "r" for heading in table.headings)
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


def direction_table(report: ScoreReport) -> Table:
    """A row a direction and system; the first two columns and the tokenizer are text."""
    several = report.is_comparison
    rows = [
        [
            direction,
            name,
            str(entry.lines),
            entry.tokenizer,
            *(score(system.scores[key].score) for key in NAMES),
            *([change(system.main), p_value(system.main)] if several else []),
            f"{percent(system.identified.off_target)} ({percent(entry.references.off_target)})",
        ]
        for direction, entry in report.directions.items()
        for name, system in entry.systems.items()
    ]
    compared = ["Change of chrF++", "p"] if several else []
    headings = ["Direction", "System", "Lines", "Tokenizer", *NAMES.values(), *compared]
    return Table("Directions", EXPLAINED, [*headings, "Off target (references)"], rows)


def directions_csv(report: ScoreReport) -> str:
    """One line a direction and system, full precision, empty where there is no comparison."""
    about = ["source", "target", "english", "size", "script", "family", "lines", "tokenizer"]
    rows = [
        [
            direction,
            name,
            *(getattr(entry, key) for key in about),
            *_numbers(system.scores),
            system.identified.off_target,
            system.identified.undecided,
            system.empty,
            entry.references.off_target,
        ]
        for direction, entry in report.directions.items()
        for name, system in entry.systems.items()
    ]
    shares = ["off_target", "undecided", "empty", "references_off_target"]
    return csv_text(["direction", "system", *about, *_NUMBER_COLUMNS, *shares], rows)


def groups_csv(report: ScoreReport) -> str:
    """One line a group of directions and system; the group `all` first."""
    groups = [("all", "all", report.summary)]
    groups += [
        (by, name, group) for by, named in report.groups.items() for name, group in named.items()
    ]
    counts = [field.name for field in fields(Wins)]
    rows = [
        [by, group, summary.directions, name, *_numbers(means.scores), means.off_target]
        + [getattr(means.wins, count, None) for count in counts]
        for by, group, summary in groups
        for name, means in summary.systems.items()
    ]
    columns = ["grouped_by", "group", "directions", "system", *_NUMBER_COLUMNS, "off_target"]
    return csv_text([*columns, *counts], rows)


def score(value: float) -> str:
    """A score of 0 to 100 with two digits."""
    return f"{value:.2f}"


def signed(value: float) -> str:
    """A difference of scores: +1.20, −0.31."""
    return f"{value:+.2f}".replace("-", "−")


def p_value(score: Score) -> str:
    return f"{score.comparison.p_value:.4f}" if score.comparison else NOTHING


def interval(comparison: Comparison) -> str:
    """+0.80 to +1.60"""
    low, high = comparison.interval
    return f"{signed(low)} to {signed(high)}"


def change(score: Score) -> str:
    """The difference from the baseline and its interval, * where that does not hold 0."""
    comparison = score.comparison
    if not comparison:
        return NOTHING
    mark = "*" if comparison.significant else ""
    return f"{signed(comparison.difference)}{mark} ({interval(comparison)})"


def _where(report: ScoreReport) -> str:
    names = list(report.directions)
    return f" on {names[0]}" if len(names) == 1 else f" in the mean over {len(names)} directions"


def _systems_table(report: ScoreReport) -> Table:
    rows = [
        [
            name,
            *(score(means.scores[key].score) for key in NAMES),
            percent(means.off_target),
            percent(means.undecided),
        ]
        for name, means in report.summary.systems.items()
    ]
    headings = ["System", *NAMES.values(), "Off target", "Undecided"]
    noise = percent(report.summary.references_off_target)
    explained = (
        "Means over directions, each counting once. The identifier takes "
        f"{noise} of the references, too, for another language."
    )
    return Table("Systems", explained, headings, rows)


def _comparison_table(report: ScoreReport) -> Table:
    baseline, systems = report.baseline, report.summary.systems
    rows = [
        [
            f"{name}, {title}",
            _drawn(systems[baseline].scores[key]),
            _drawn(means.scores[key]),
            change(means.scores[key]),
            p_value(means.scores[key]),
            *(_wins(means.wins) if key == MAIN else [NOTHING] * 2),
        ]
        for name, means in systems.items()
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


def _drawn(value: Score) -> str:
    """A score as sacreBLEU prints it after a bootstrap: 34.67 (34.72 ± 4.53)."""
    assert value.spread  # all scores of a comparison have one
    return f"{score(value.score)} ({score(value.spread.mean)} ± {score(value.spread.ci)})"


def _wins(wins: Wins | None) -> list[str]:
    """The numbers of better and worse directions, in brackets the significant ones."""
    assert wins  # all systems but the baseline have them
    return [
        f"{wins.better} ({wins.significantly_better})",
        f"{wins.worse} ({wins.significantly_worse})",
    ]


def _group_table(report: ScoreReport, by: str) -> Table:
    names = report.systems
    others = [name for name in names if name != report.baseline]
    rows = [
        [
            group,
            str(summary.directions),
            *(score(summary.systems[name].main.score) for name in names),
            *(change(summary.systems[name].main) for name in others),
            *(percent(summary.systems[name].off_target) for name in names),
        ]
        for group, summary in report.groups[by].items()
    ]
    headings = [
        "Group", "Directions", *names, *(f"Change of {name}" for name in others),
        *(f"Off target, {name}" for name in names),
    ]  # fmt: skip
    explained = "Mean chrF++ over the directions of a group, with the 95 % interval of its change."
    return Table(f"By {_GROUPED_BY[by]}", explained, headings, rows)


def _numbers(scores: Mapping[str, Score]) -> list[float | None]:
    """The cells of _NUMBER_COLUMNS."""
    numbers: list[float | None] = []
    for key in NAMES:
        comparison = scores[key].comparison
        numbers.append(scores[key].score)
        if comparison:
            numbers += [comparison.difference, *comparison.interval]
            numbers += [comparison.p_value, comparison.significant]
        else:
            numbers += [None] * len(_COMPARED)
    return numbers
