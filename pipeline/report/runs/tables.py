"""The tables of a report, the same in HTML, Markdown and on the screen."""

from collections.abc import Callable

from pipeline.evaluate.report import (
    BASELINE,
    MODEL,
    Against,
    Interval,
    ModelEntry,
    OverLanguages,
    Report,
    Scores,
    Student,
)
from pipeline.report.runs.headline import headline, scoreboard
from pipeline.show.numbers import (
    NOTHING,
    clock,
    duration,
    percent,
    perplexity,
    quality,
    short,
    signed,
    speedup,
    times,
)
from pipeline.show.table import Table, aligned, markdown_table

GROUPED_BY = {"size": "size in mC4", "script": "script", "family": "family"}
_GROUPS_OF_TWO_RUNS = {"size": "Pages in mC4", "script": "Script", "family": "Family"}
SCORED = ["chrF++", "Gain kept", "Neg. log perplexity", "Gain kept"]


def tables(report: Report) -> list[Table]:
    """The tables that these models have something to say in, but for those by group."""
    if report.two_runs:
        return [scoreboard_table(report)]
    shown = [_quality_table(report), _gain_table(report), _time_table(report)]
    students = {name: entry.student for name, entry in report.models.items() if entry.student}
    shown += [_distillation_table(report, students)] if students else []
    return shown + (
        [_scores_table(report), _directions_table(report)] if report.translation else []
    )


def group_tables(report: Report) -> list[Table]:
    """The figures over languages once more by size, script and family."""
    if report.two_runs:
        groups = report.models[MODEL].against.groups
        return [_group_of_two_runs(title, groups[by]) for by, title in _GROUPS_OF_TWO_RUNS.items()]
    return [_group_table(report, by) for by in GROUPED_BY]


def markdown(report: Report, figures: list[tuple[str, str]]) -> str:
    """The report as one Markdown page; `figures` are (file name, caption)."""
    left_out = [f"Left out: {code} ({reason})." for code, reason in report.left_out.items()]
    notes = [*report.notes, *left_out]
    images = [f"![{caption}]({name})" for name, caption in figures]
    if report.two_runs:
        title = "# Switch against dense, language by language"
        board = scoreboard_table(report)
        parts = [title, headline(report), markdown_table(board.headings, board.sides, board.rows)]
        parts += [*images, *(["\n".join(f"- {note}" for note in notes)] if notes else [])]
        shown = [*group_tables(report), _languages_table(report)]
    else:
        parts = ["# Models compared", headline(report), *notes, *images]
        shown = [*tables(report), *group_tables(report)]
    for table in shown:
        rows = markdown_table(table.headings, table.sides, table.rows)
        parts += [f"## {table.title}", *([table.explained] if table.explained else []), rows]
    return "\n\n".join(parts) + "\n"


def screen_text(report: Report) -> str:
    """The tables in columns for a terminal, those by groups left out; the headline at the end."""
    said = [headline(report), *report.notes]
    if report.two_runs and report.left_out:
        said.append(f"Left out, as only one run validated them: {', '.join(report.left_out)}.")
    parts = [
        "\n".join(
            [*([table.title] if table.title else []), aligned([table.headings, *table.rows], None)]
        )
        for table in tables(report)
    ]
    return "\n\n".join([*parts, "\n".join(said)])


def ranged(shown: str, interval: Interval | None, show: Callable[[float], str]) -> str:
    """A value with its 95 % interval: +0.05 (+0.03 to +0.07)."""
    return f"{shown} ({show(interval[0])} to {show(interval[1])})" if interval else shown


def scored(scores: Scores) -> list[str]:
    """chrF++, the share of its gain kept, and the same of negative log perplexity."""
    kept = scores.kept
    return [
        f"{scores.chrf:.2f}",
        percent(kept.chrf if kept else None),
        quality(scores.neg_log_perplexity),
        percent(kept.share_of_gain_kept if kept else None),
    ]


def scoreboard_table(report: Report) -> Table:
    """All measures of two runs beside the paper's."""
    rows = [[line.measure, line.result, line.detail, line.paper] for line in scoreboard(report)]
    return Table("", "", ["Measure", "This run", "", "Paper"], rows, "lrll")


def _languages_table(report: Report) -> Table:
    explained = (
        "Neg. log perplexity in nats per piece (higher is better). \\*: the 95 % interval of the "
        f"gain over validation sequences does not hold 0. Time: {clock(report.clock)}."
    )
    headings = [
        "Code", "Language", "Script", "mC4 pages", "Dense", "Switch", "Gain", "Dense bits/byte",
        "Switch bits/byte", "Dense perplexity", "Switch perplexity", "Step speed-up",
        "FLOP speed-up", "Time speed-up",
    ]  # fmt: skip
    rows = []
    for code, entry in report.languages.items():
        ends = [entry.models[side].quality for side in (BASELINE, MODEL)]
        against = entry.models[MODEL].gain
        rows.append(
            [
                *(code, entry.name, entry.script or "", short(entry.mc4_pages)),
                *(quality(end.neg_log_perplexity) for end in ends),
                signed(against.gain) + ("\\*" if against.significant else ""),
                *(quality(end.bits_per_byte) for end in ends),
                *(perplexity(end.perplexity) for end in ends),
                *(speedup(against.reach, unit) for unit in ("step", "flop", "time")),
            ]
        )
    return Table("Languages", explained, headings, rows, "lll" + "r" * 11)


def _group_of_two_runs(title: str, groups: dict[str, OverLanguages]) -> Table:
    headings = [
        title, "Languages", "Better", "Worse", "Mean gain", "Mean step speed-up",
        "Median step speed-up", "At 4× or more", "Not reached",
    ]  # fmt: skip
    rows = [
        [
            name,
            *(str(count) for count in (group.languages_compared, group.better, group.worse)),
            signed(group.mean_gain),
            times(group.mean_step_speedup),
            times(group.median_step_speedup),
            percent(group.share_speedup_at_least_4),
            str(group.not_reached),
        ]
        for name, group in groups.items()
    ]
    return Table(title, "", headings, rows)


def _quality_table(report: Report) -> Table:
    rows = [
        [
            entry.name,
            str(len(entry.seeds)),
            str(entry.experts or NOTHING),
            short(entry.parameters),
            short(entry.active_parameters),
            quality(entry.quality.neg_log_perplexity),
            quality(entry.quality.bits_per_byte),
            perplexity(entry.quality.perplexity),
        ]
        for entry in report.models.values()
    ]
    headings = [
        "Model", "Seeds", "Experts", "Parameters", "Active", "Neg. log perplexity", "Bits per byte",
        "Perplexity",
    ]  # fmt: skip
    explained = "Mean over languages at the end of training; of perplexities the geometric mean."
    return Table("Quality and size", explained, headings, rows)


def _gain_table(report: Report) -> Table:
    rows = [_gain_row(name, entry.against) for name, entry in report.others.items()]
    headings = [
        "Model", "Mean gain", "Better", "Worse", "Significantly better / worse",
        "Mean step speed-up", "Median", "At 4× or more", "Mean FLOP speed-up", "Mean time speed-up",
        "Not reached",
    ]  # fmt: skip
    explained = (
        f"Over languages, against {report.baseline}. Speed-ups are over the languages that "
        f"reached its final quality; time: {clock(report.clock)}. With two seeds or more on both "
        "sides a range is the 95 % interval over seeds; with one on either, over validation "
        "sequences."
    )
    return Table("Gain over the baseline", explained, headings, rows)


def _gain_row(name: str, against: Against) -> list[str]:
    summary, intervals = against.summary, against.intervals
    marks = [against.significantly_better, against.significantly_worse]

    def mean(unit: str) -> str:
        key = f"mean_{unit}_speedup"
        return ranged(times(getattr(summary, key)), intervals[key], times)

    return [
        name,
        ranged(signed(summary.mean_gain), intervals["mean_gain"], signed),
        str(summary.better),
        str(summary.worse),
        NOTHING if None in marks else " / ".join(map(str, marks)),
        mean("step"),
        times(summary.median_step_speedup),
        percent(summary.share_speedup_at_least_4),
        mean("flop"),
        mean("time"),
        str(summary.not_reached),
    ]


def _time_table(report: Report) -> Table:
    rows = []
    for entry in report.models.values():
        reached = entry.steps_to_target is not None
        spent = [
            short(entry.steps_to_target),
            duration(entry.seconds_to_target),
            short(entry.flops_to_target),
        ]
        rows.append(
            [
                entry.name,
                *_routing(entry),
                quality(entry.quality.neg_log_perplexity),
                f"{entry.steps_per_second:.3g}" if entry.steps_per_second else NOTHING,
                *(spent if reached else ["not reached", NOTHING, NOTHING]),
            ]
        )
    target = quality(report.target_quality)
    headings = [
        "Model", "Capacity factor", "Experts a token", "Quality at the end", "Steps a second",
        f"Steps to {target}", f"Time to {target}", f"FLOPs to {target}",
    ]  # fmt: skip
    explained = (
        f"What the mean curve had spent where it first came to {target} (nats per piece), as the "
        f"paper’s Table 1; training alone, without validation. Time: {clock(report.clock)}."
    )
    return Table("Time to a quality", explained, headings, rows)


def _routing(entry: ModelEntry) -> list[str]:
    """Capacity factor and top k of a sparse model."""
    if not entry.experts:
        return [NOTHING, NOTHING]
    capacity = entry.capacity_factor or NOTHING
    return ["no limit" if capacity == "None" else capacity, entry.top_k or NOTHING]


def _distillation_table(report: Report, students: dict[str, Student]) -> Table:
    teacher = next(entry for entry in report.models.values() if entry.role == "teacher")
    rows = [
        [
            name,
            short(report.models[name].parameters),
            quality(report.models[name].quality.neg_log_perplexity),
            percent(student.share_of_gain_kept),
            percent(student.median_share_of_gain_kept),
            percent(student.compression),
        ]
        for name, student in students.items()
    ]
    explained = (
        f"Share of the gain of {teacher.name} ({quality(teacher.quality.neg_log_perplexity)}, "
        f"{short(teacher.parameters)} parameters) over {report.baseline} that dense models "
        "no larger than it keep, in the mean and in the median language, and how much smaller they "
        "are: the paper’s Table 7."
    )
    headings = [
        "Student", "Parameters", "Neg. log perplexity", "Gain kept", "Median language",
        "Compression",
    ]  # fmt: skip
    return Table("Distillation", explained, headings, rows)


def _scores_table(report: Report) -> Table:
    assert report.translation is not None
    rows = []
    for name, scores in report.translation.models.items():
        entry = report.models[name]
        smaller = percent(entry.student.compression if entry.student else None)
        steps = " ".join(map(short, scores.steps or []))
        rows.append([name, steps, short(entry.parameters), smaller, *scored(scores)])
    explained = (
        "Mean over directions at the best validation of each run, which is its checkpoint_best.pt; "
        "chrF++ of greedy translations of validation pairs. Gain kept: of the teacher’s over "
        f"{report.baseline}, the paper’s Table 8."
    )
    headings = ["Model", "Best step", "Parameters", "Compression", *SCORED]
    return Table("Translation", explained, headings, rows)


def _directions_table(report: Report) -> Table:
    """A line a direction and model: names of models may be long, and headings of columns not."""
    assert report.translation is not None
    rows = [
        [direction, name, *scored(scores)]
        for direction, models in report.translation.directions.items()
        for name, scores in models.items()
    ]
    explained = (
        f"As above, of each direction. {NOTHING}: no student, or the teacher gained nothing there."
    )
    return Table("Directions", explained, ["Direction", "Model", *SCORED], rows)


def _group_table(report: Report, by: str) -> Table:
    """Mean gain, and how many languages are better, of every model in every group."""
    against = {name: entry.against.groups[by] for name, entry in report.others.items()}
    first = next(iter(against.values()))
    rows = [
        [
            group,
            str(first[group].languages_compared),
            *(_gain_and_wins(groups[group]) for groups in against.values()),
        ]
        for group in first
    ]
    explained = f"Mean gain over {report.baseline}; below it, languages better and worse."
    return Table(f"Gain by {GROUPED_BY[by]}", explained, ["Group", "Languages", *against], rows)


def _gain_and_wins(group: OverLanguages) -> str:
    return f"{signed(group.mean_gain)} ({group.better} / {group.worse})"
