"""The tables of a report for a paper: `tables.tex`."""

from typing import Any

from pipeline.report.routing.tables import routing_latex
from pipeline.report.runs import comparison_tables
from pipeline.report.runs.scoreboard import scoreboard
from pipeline.report.runs.tables import GROUP_HEADINGS, grouped_rows
from pipeline.show import latex
from pipeline.show.numbers import NOTHING, quality, signed, speedup

_MARK = "*: the 95 % interval of the gain does not hold 0."


def of_two_runs(report: dict[str, Any]) -> str:
    """The measures beside the paper's, the groups, and all languages."""
    board = [
        [line.measure, line.result, line.detail or NOTHING, line.paper or NOTHING]
        for line in scoreboard(report)
    ]
    names = " against ".join(report["runs"][side]["architecture"] for side in ("model", "baseline"))
    parts = [
        latex.table(
            f"{names}: all measures.", "summary", ["Measure", "Result", "", "Paper"], "lrlr", board
        )
    ]
    for by, rows in grouped_rows(report).items():
        headings = [by, *GROUP_HEADINGS[1:]]
        parts.append(
            latex.table(
                f"{names}, by {by.lower()}.", _label(by), headings, _first_left(headings), rows
            )
        )
    headings = ["Code", "Language", "Dense", "Switch", "Gain", "Steps", "FLOPs", "Time"]
    caption = (
        f"{names}: negative log perplexity (nats per piece), and speed-up in steps, FLOPs and "
        f"time. {_MARK}"
    )
    parts.append(latex.table(caption, "languages", headings, "llrrrrrr", _language_rows(report)))
    return latex.document(parts + routing_latex(report))


def of_models(report: dict[str, Any]) -> str:
    """Every table of the comparison, and the gain of every model on all languages."""
    parts = [
        latex.table(
            f"{one.title}. {one.explained}",
            _label(one.title),
            one.headings,
            _first_left(one.headings),
            one.rows,
        )
        for one in comparison_tables.tables(report)
    ]
    baseline, *others = report["models"]
    rows = [
        [
            code,
            entry["name"],
            quality(entry["models"][baseline]["neg_log_perplexity"]),
            *(_gain(entry["models"][name]) for name in others),
        ]
        for code, entry in report["languages"].items()
    ]
    caption = (
        f"Negative log perplexity of {baseline} (nats per piece), and the gain of each model over "
        f"it. {_MARK}"
    )
    headings = ["Code", "Language", baseline, *others]
    parts.append(
        latex.table(caption, "languages", headings, "ll" + "r" * len(report["models"]), rows)
    )
    return latex.document(parts + routing_latex(report))


def _language_rows(report: dict[str, Any]) -> list[list[str]]:
    return [
        [
            code,
            entry["name"],
            *(quality(entry[side]["neg_log_perplexity"]) for side in ("baseline", "model")),
            _gain(entry),
            *(speedup(entry, unit) for unit in ("step", "flop", "time")),
        ]
        for code, entry in report["languages"].items()
    ]


def _gain(entry: dict[str, Any]) -> str:
    return signed(entry["gain"]) + ("*" if entry["significant"] else "")


def _label(title: str) -> str:
    return title.lower().replace(" ", "-")


def _first_left(headings: list[str]) -> str:
    return "l" + "r" * (len(headings) - 1)
