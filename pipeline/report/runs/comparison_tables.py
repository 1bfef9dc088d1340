"""The tables of a comparison of many models, the same in HTML, Markdown, CSV and on the screen."""

from collections.abc import Callable
from typing import Any

from pipeline.report.runs.comparison_headline import headline
from pipeline.report.runs.curves import curves
from pipeline.report.runs.tables import aligned_columns, markdown_table
from pipeline.report.runs.translation_tables import translation_tables
from pipeline.show.csv_text import csv_text
from pipeline.show.numbers import (
    NOTHING,
    duration,
    percent,
    perplexity,
    quality,
    short,
    signed,
    times,
)
from pipeline.show.table import Table

LANGUAGE_MEASURES = (
    "neg_log_perplexity", "bits_per_byte", "perplexity", "gain", "significant", "status",
    "step_speedup", "flop_speedup", "time_speedup", "share_of_gain_kept",
)  # fmt: skip
GROUPED_BY = {"size": "size in mC4", "script": "script", "family": "family"}
_COSTS = ("steps", "seconds", "flops")
_WITH_INTERVALS = ("gain", "step_speedup", "flop_speedup", "time_speedup")


def tables(report: dict[str, Any]) -> list[Table]:
    """The tables that these models have something to say in."""
    found = [_quality_table(report), _gain_table(report), _time_table(report)]
    students = [entry for entry in report["models"].values() if entry["role"] == "student"]
    found += [_distillation_table(report, students)] if students else []
    found += translation_tables(report)
    return [*found, *(_group_table(report, by) for by in GROUPED_BY)]


def markdown(report: dict[str, Any], figures: list[tuple[str, str]]) -> str:
    """The comparison as one Markdown page; `figures` are (file name, caption)."""
    parts = ["# Models compared", headline(report), *report["notes"], *_left_out(report)]
    parts += [f"![{caption}]({name})" for name, caption in figures]
    for table in tables(report):
        letters = "l" + "r" * (len(table.headings) - 1)
        rows = markdown_table(table.headings, letters, table.rows)
        parts += [f"## {table.title}", table.explained, rows]
    return "\n\n".join(parts) + "\n"


def screen_text(report: dict[str, Any]) -> str:
    """The tables in columns for a terminal, those by groups left out; the headline at the end."""
    shown = tables(report)[: -len(GROUPED_BY)]
    parts = [f"{one.title}\n{aligned_columns([one.headings, *one.rows])}" for one in shown]
    return "\n\n".join([*parts, "\n".join([headline(report), *report["notes"]])])


def models_csv(report: dict[str, Any]) -> str:
    """One line a model, full precision; empty where there is no value."""
    rows = [_model_row(entry) for entry in report["models"].values()]
    columns = list(dict.fromkeys(key for row in rows for key in row))
    return csv_text(columns, [[row.get(column) for column in columns] for row in rows])


def languages_csv(report: dict[str, Any]) -> str:
    """One line a language and model: measures, intervals, and the mark of significance."""
    bounds = [f"{measure}_{end}" for measure in _WITH_INTERVALS for end in ("low", "high")]
    rows = []
    for code, entry in report["languages"].items():
        for model, values in entry["models"].items():
            intervals = values.get("intervals", {})
            ends = [end for key in _WITH_INTERVALS for end in intervals.get(key) or (None, None)]
            rows.append([code, model, *(values.get(key) for key in LANGUAGE_MEASURES), *ends])
    return csv_text(["code", "model", *LANGUAGE_MEASURES, *bounds], rows)


def curves_csv(report: dict[str, Any]) -> str:
    """One line a model, language and validation; the language `mean` is that of all."""
    found = curves(report)
    rows = [
        [name, code, *spent, value]
        for model, name in enumerate(found.names)
        for code, values in {"mean": found.mean, **found.languages}.items()
        for *spent, value in zip(
            *(found.costs[model][unit] for unit in _COSTS), values[model], strict=True
        )
        if value is not None
    ]
    return csv_text(["model", "code", *_COSTS, "neg_log_perplexity"], rows)


def groups_csv(report: dict[str, Any]) -> str:
    """One line a model and group of languages, full precision."""
    rows = [
        {"model": name, "grouped_by": by, "group": group, **values}
        for name, entry in report["models"].items()
        if entry["against_baseline"]
        for by, groups in entry["against_baseline"]["groups"].items()
        for group, values in groups.items()
    ]
    return csv_text(list(rows[0]), [list(row.values()) for row in rows])


def ranged(shown: str, interval: list[float] | None, show: Callable[[float], str]) -> str:
    """A value with its 95 % interval: +0.05 (+0.03 to +0.07)."""
    return f"{shown} ({show(interval[0])} to {show(interval[1])})" if interval else shown


def _quality_table(report: dict[str, Any]) -> Table:
    rows = [
        [
            entry["name"],
            str(len(entry["seeds"])),
            str(entry["experts"] or NOTHING),
            short(entry["parameters"]),
            short(entry["active_parameters"]),
            quality(entry["quality"]["neg_log_perplexity"]),
            quality(entry["quality"]["bits_per_byte"]),
            perplexity(entry["quality"]["perplexity"]),
        ]
        for entry in report["models"].values()
    ]
    headings = [
        "Model", "Seeds", "Experts", "Parameters", "Active", "Neg. log perplexity", "Bits per byte",
        "Perplexity",
    ]  # fmt: skip
    explained = "Mean over languages at the end of training; of perplexities the geometric mean."
    return Table("Quality and size", explained, headings, rows)


def _gain_table(report: dict[str, Any]) -> Table:
    rows = [
        _gain_row(entry["name"], entry["against_baseline"])
        for entry in report["models"].values()
        if entry["against_baseline"]
    ]
    headings = [
        "Model", "Mean gain", "Better", "Worse", "Significantly better / worse",
        "Mean step speed-up", "Median", "At 4× or more", "Mean FLOP speed-up", "Mean time speed-up",
        "Not reached",
    ]  # fmt: skip
    explained = (
        f"Over languages, against {report['baseline']}. Speed-ups are over the languages that "
        "reached its final quality. With two seeds or more on both sides a range is the 95 % "
        "interval over seeds; with one on either, over validation sequences."
    )
    return Table("Gain over the baseline", explained, headings, rows)


def _gain_row(name: str, against: dict[str, Any]) -> list[str]:
    intervals = against["intervals"]
    marks = [against["significantly_better"], against["significantly_worse"]]
    return [
        name,
        ranged(signed(against["mean_gain"]), intervals["mean_gain"], signed),
        str(against["better"]),
        str(against["worse"]),
        NOTHING if None in marks else " / ".join(map(str, marks)),
        *(
            ranged(times(against[key]), intervals.get(key), times)
            for key in ("mean_step_speedup", "median_step_speedup")
        ),
        percent(against["share_speedup_at_least_4"]),
        *(
            ranged(times(against[key]), intervals[key], times)
            for key in ("mean_flop_speedup", "mean_time_speedup")
        ),
        str(against["not_reached"]),
    ]


def _time_table(report: dict[str, Any]) -> Table:
    rows = []
    for entry in report["models"].values():
        reached = entry["steps_to_target"] is not None
        spent = [
            short(entry["steps_to_target"]),
            duration(entry["seconds_to_target"]),
            short(entry["flops_to_target"]),
        ]
        rows.append(
            [
                entry["name"],
                *_routing(entry),
                quality(entry["quality"]["neg_log_perplexity"]),
                f"{entry['steps_per_second']:.3g}" if entry["steps_per_second"] else NOTHING,
                *(spent if reached else ["not reached", NOTHING, NOTHING]),
            ]
        )
    target = quality(report["target_quality"])
    headings = [
        "Model", "Capacity factor", "Experts a token", "Quality at the end", "Steps a second",
        f"Steps to {target}", f"Time to {target}", f"FLOPs to {target}",
    ]  # fmt: skip
    explained = (
        f"What the mean curve had spent where it first came to {target} (nats per piece), as the "
        "paper’s Table 1; training alone, without validation."
    )
    return Table("Time to a quality", explained, headings, rows)


def _routing(entry: dict[str, Any]) -> list[str]:
    """Capacity factor and top k of a sparse model."""
    if not entry["experts"]:
        return [NOTHING, NOTHING]
    capacity = entry["capacity_factor"] or NOTHING
    return ["no limit" if capacity == "None" else capacity, entry["top_k"] or NOTHING]


def _distillation_table(report: dict[str, Any], students: list[dict[str, Any]]) -> Table:
    teacher = next(one for one in report["models"].values() if one["role"] == "teacher")
    rows = [
        [
            entry["name"],
            short(entry["parameters"]),
            quality(entry["quality"]["neg_log_perplexity"]),
            percent(entry["share_of_gain_kept"]),
            percent(entry["median_share_of_gain_kept"]),
            percent(entry["compression"]),
        ]
        for entry in students
    ]
    explained = (
        f"Share of the gain of {teacher['name']} ({quality(_final(teacher))}, "
        f"{short(teacher['parameters'])} parameters) over {report['baseline']} that dense models "
        "no larger than it keep, in the mean and in the median language, and how much smaller they "
        "are: the paper’s Table 7."
    )
    headings = [
        "Student", "Parameters", "Neg. log perplexity", "Gain kept", "Median language",
        "Compression",
    ]  # fmt: skip
    return Table("Distillation", explained, headings, rows)


def _group_table(report: dict[str, Any], by: str) -> Table:
    """Mean gain, and how many languages are better, of every model in every group."""
    against = {
        name: entry["against_baseline"]["groups"][by]
        for name, entry in report["models"].items()
        if entry["against_baseline"]
    }
    first = next(iter(against.values()))
    rows = [
        [
            group,
            str(first[group]["languages_compared"]),
            *(_gain_and_wins(groups[group]) for groups in against.values()),
        ]
        for group in first
    ]
    explained = f"Mean gain over {report['baseline']}; below it, languages better and worse."
    title = f"Gain by {GROUPED_BY[by]}"
    return Table(title, explained, ["Group", "Languages", *against], rows)


def _gain_and_wins(group: dict[str, Any]) -> str:
    return f"{signed(group['mean_gain'])} ({group['better']} / {group['worse']})"


def _model_row(entry: dict[str, Any]) -> dict[str, Any]:
    """A model's entry with one level of keys."""
    left_out = ("runs", "seeds", "curve", "quality", "against_baseline")
    row = {key: value for key, value in entry.items() if key not in left_out}
    row |= {"seeds": " ".join(map(str, entry["seeds"])), **entry["quality"]}
    against = entry["against_baseline"] or {}
    nested = ("intervals", "mean_curve", "groups")
    row |= {key: value for key, value in against.items() if key not in nested}
    for measure, interval in against.get("intervals", {}).items():
        row[f"{measure}_low"], row[f"{measure}_high"] = interval or (None, None)
    return row


def _left_out(report: dict[str, Any]) -> list[str]:
    return [f"Left out: {code} ({reason})." for code, reason in report["left_out"].items()]


def _final(entry: dict[str, Any]) -> float:
    return float(entry["quality"]["neg_log_perplexity"])
