"""report.json -> CSV tables and one Markdown page."""

import csv
import io
from typing import Any

from pipeline.report.scoreboard import Line, aims_sentence, scoreboard, verdict
from pipeline.report.text import quality, short, signed, speedup

_LANGUAGE_COLUMNS = [
    "code", "name", "script", "family", "mc4_pages", "validation_tokens", "validation_bytes",
    "baseline_neg_log_perplexity", "model_neg_log_perplexity", "gain", "baseline_bits_per_byte",
    "model_bits_per_byte", "status", "reached_at_step", "step_speedup", "flop_speedup",
    "time_speedup",
]  # fmt: skip
_SCOREBOARD_HEADINGS = ["Measure", "This run", "", "Aim", "", "Paper"]
_LANGUAGE_HEADINGS = [
    "Code", "Language", "Script", "mC4 pages", "Dense", "Switch", "Gain", "Dense bits/byte",
    "Switch bits/byte", "Step speed-up", "Time speed-up",
]  # fmt: skip


def languages_csv(report: dict[str, Any]) -> str:
    """One line a language with full precision; empty where a speed-up was not reached."""
    rows = [_flat(code, entry) for code, entry in report["languages"].items()]
    return _csv(_LANGUAGE_COLUMNS, [[row[column] for column in _LANGUAGE_COLUMNS] for row in rows])


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
    return _csv(["code", "side", "step", "seconds", "flops", "neg_log_perplexity"], rows)


def markdown(report: dict[str, Any], figures: list[tuple[str, str]]) -> str:
    """The report as one Markdown page; `figures` are (file name, caption)."""
    parts = ["# Switch against dense, language by language", verdict(report), aims_sentence(report)]
    parts += [_table(_SCOREBOARD_HEADINGS, "lrllll", [_cells(line) for line in scoreboard(report)])]
    parts += [f"![{caption}]({name})" for name, caption in figures]
    parts += [_notes(report)] if report["notes"] or report["left_out"] else []
    parts += ["## Languages", "Neg. log perplexity in nats per piece (higher is better)."]
    parts += [_table(_LANGUAGE_HEADINGS, "lllrrrrrrrr", _language_rows(report))]
    return "\n\n".join(parts) + "\n"


def summary_text(report: dict[str, Any]) -> str:
    """The scoreboard in columns for a terminal."""
    rows = [_SCOREBOARD_HEADINGS, *(_cells(line) for line in scoreboard(report))]
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
    return {"code": code, **entry, **sides}


def _csv(columns: list[str], rows: list[list[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def _cells(line: Line) -> list[str]:
    met = {True: "met", False: "missed", None: ""}[line.met]
    return [line.measure, line.result, line.detail, line.aim, met, line.paper]


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
            signed(entry["gain"]),
            quality(entry["baseline"]["bits_per_byte"]),
            quality(entry["model"]["bits_per_byte"]),
            speedup(entry, "step"),
            speedup(entry, "time"),
        ]
        for code, entry in report["languages"].items()
    ]


def _table(headings: list[str], aligned: str, rows: list[list[str]]) -> str:
    rules = ["---:" if letter == "r" else "---" for letter in aligned]
    return "\n".join(f"| {' | '.join(row)} |" for row in [headings, rules, *rows])
