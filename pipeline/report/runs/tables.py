"""report.json -> CSV tables and one Markdown page."""

from typing import Any

from pipeline.show.csv_text import csv_text
from pipeline.report.runs.scoreboard import Line, scoreboard, verdict
from pipeline.show.numbers import percent, perplexity, quality, short, signed, speedup, times

_LANGUAGE_COLUMNS = [
    "code", "name", "script", "family", "mc4_pages", "validation_tokens", "validation_bytes",
    "baseline_neg_log_perplexity", "model_neg_log_perplexity", "gain", "gain_low",
    "gain_high", "significant", "baseline_bits_per_byte",
    "model_bits_per_byte", "baseline_perplexity", "model_perplexity", "status",
    "reached_at_step", "step_speedup", "flop_speedup", "time_speedup",
]  # fmt: skip
_LANGUAGES_EXPLAINED = (
    "Neg. log perplexity in nats per piece (higher is better). \\*: the 95 % interval of the gain "
    "over validation sequences does not hold 0."
)
_SCOREBOARD_HEADINGS = ["Measure", "This run", "", "Paper"]
_LANGUAGE_HEADINGS = [
    "Code", "Language", "Script", "mC4 pages", "Dense", "Switch", "Gain", "Dense bits/byte",
    "Switch bits/byte", "Dense perplexity", "Switch perplexity", "Step speed-up", "FLOP speed-up",
    "Time speed-up",
]  # fmt: skip
GROUP_HEADINGS = [
    "Group", "Languages", "Better", "Worse", "Mean gain", "Mean step speed-up",
    "Median step speed-up", "At 4× or more", "Not reached",
]  # fmt: skip
_GROUPED_BY = {"size": "Pages in mC4", "script": "Script", "family": "Family"}


def languages_csv(report: dict[str, Any]) -> str:
    """One line a language with full precision; empty where a speed-up was not reached."""
    rows = [_flat(code, entry) for code, entry in report["languages"].items()]
    return csv_text(
        _LANGUAGE_COLUMNS, [[row[column] for column in _LANGUAGE_COLUMNS] for row in rows]
    )


def curves_csv(report: dict[str, Any]) -> str:
    """One line a language, side and validation: what was spent and the neg. log perplexity."""
    rows = []
    for code, entry in report["languages"].items():
        for side in ("baseline", "model"):
            costs = report["validations"][side]
            spent = zip(costs["steps"], costs["seconds"], costs["flops"], strict=True)
            for cost, value in zip(spent, entry["curve"][side], strict=True):
                if value is not None:
                    rows.append([code, side, *cost, value])
    return csv_text(["code", "side", "step", "seconds", "flops", "neg_log_perplexity"], rows)


def markdown(report: dict[str, Any], figures: list[tuple[str, str]]) -> str:
    """The report as one Markdown page; `figures` are (file name, caption)."""
    parts = ["# Switch against dense, language by language", verdict(report)]
    parts += [
        markdown_table(
            _SCOREBOARD_HEADINGS, "lrll", [_cells(line) for line in scoreboard(report)]
        )
    ]
    parts += [f"![{caption}]({name})" for name, caption in figures]
    parts += [_notes(report)] if report["notes"] or report["left_out"] else []
    for by, rows in grouped_rows(report).items():
        headings = [by, *GROUP_HEADINGS[1:]]
        parts += [f"## {by}", markdown_table(headings, "l" + "r" * (len(headings) - 1), rows)]
    parts += ["## Languages", _LANGUAGES_EXPLAINED]
    parts += [markdown_table(_LANGUAGE_HEADINGS, "lll" + "r" * 11, _language_rows(report))]
    return "\n\n".join(parts) + "\n"


def groups_csv(report: dict[str, Any]) -> str:
    """One line a group of languages, full precision; empty where no speed-up was reached."""
    rows = [
        [by, name, *group.values()]
        for by, groups in report["groups"].items()
        for name, group in groups.items()
    ]
    columns = next(iter(report["groups"]["size"].values())).keys()
    return csv_text(["grouped_by", "group", *columns], rows)


def grouped_rows(report: dict[str, Any]) -> dict[str, list[list[str]]]:
    """{heading: rows in the order of GROUP_HEADINGS} by size, script and family."""
    return {
        _GROUPED_BY[by]: [_group_row(name, group) for name, group in groups.items()]
        for by, groups in report["groups"].items()
    }


def summary_text(report: dict[str, Any]) -> str:
    """The scoreboard in columns for a terminal."""
    return aligned_columns([_SCOREBOARD_HEADINGS, *map(_cells, scoreboard(report))])


def aligned_columns(rows: list[list[str]]) -> str:
    """Rows of equal length as lines with columns of one width."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _flat(code: str, entry: dict[str, Any]) -> dict[str, Any]:
    """A language's entry with one level of keys: baseline_bits_per_byte and so on."""
    sides = {
        f"{side}_{measure}": value
        for side in ("baseline", "model")
        for measure, value in entry[side].items()
    }
    low, high = entry["intervals"]["gain"] or (None, None)
    return {"code": code, **entry, **sides, "gain_low": low, "gain_high": high}


def _group_row(name: str, group: dict[str, Any]) -> list[str]:
    return [
        name,
        str(group["languages_compared"]),
        str(group["better"]),
        str(group["worse"]),
        signed(group["mean_gain"]),
        times(group["mean_step_speedup"]),
        times(group["median_step_speedup"]),
        percent(group["share_speedup_at_least_4"]),
        str(group["not_reached"]),
    ]


def _cells(line: Line) -> list[str]:
    return [line.measure, line.result, line.detail, line.paper]


def _notes(report: dict[str, Any]) -> str:
    left_out = [f"Left out: {code} ({reason})." for code, reason in report["left_out"].items()]
    return "\n".join(f"- {note}" for note in report["notes"] + left_out)


def _language_rows(report: dict[str, Any]) -> list[list[str]]:
    return [
        [
            code,
            entry["name"],
            entry["script"] or "",
            short(entry["mc4_pages"]),
            quality(entry["baseline"]["neg_log_perplexity"]),
            quality(entry["model"]["neg_log_perplexity"]),
            signed(entry["gain"]) + ("\\*" if entry["significant"] else ""),
            quality(entry["baseline"]["bits_per_byte"]),
            quality(entry["model"]["bits_per_byte"]),
            perplexity(entry["baseline"]["perplexity"]),
            perplexity(entry["model"]["perplexity"]),
            *(speedup(entry, unit) for unit in ("step", "flop", "time")),
        ]
        for code, entry in report["languages"].items()
    ]


def markdown_table(headings: list[str], aligned: str, rows: list[list[str]]) -> str:
    """A Markdown table; `aligned` has an l or r for each column."""
    rules = ["---:" if letter == "r" else "---" for letter in aligned]
    return "\n".join(f"| {' | '.join(row)} |" for row in [headings, rules, *rows])
