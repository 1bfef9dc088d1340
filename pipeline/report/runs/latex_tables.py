"""The tables of a report for a paper: `tables.tex`."""

from dataclasses import replace

from pipeline.evaluate.report import MODEL, Gain, Report
from pipeline.report.routing.tables import routing_latex
from pipeline.report.runs.tables import group_tables, scoreboard_table, tables
from pipeline.show import latex
from pipeline.show.numbers import NOTHING, clock, quality, signed, speedup
from pipeline.show.table import Table

_MARK = "*: the 95 % interval of the gain does not hold 0."


def document(report: Report) -> str:
    """Every table of the report, and the gain of every model on all languages."""
    parts = [*_first_tables(report), _languages(report)]
    made = [
        latex.table(table.explained, table.title, table.headings, table.sides, table.rows)
        for table in parts
    ]
    return latex.document(made + routing_latex(report))


def _first_tables(report: Report) -> list[Table]:
    """Tables whose titles are LaTeX labels and whose explanations are captions."""
    if not report.two_runs:
        return [
            replace(table, title=_label(table.title), explained=f"{table.title}. {table.explained}")
            for table in [*tables(report), *group_tables(report)]
        ]
    names, board = _names(report), scoreboard_table(report)
    rows = [[cell or NOTHING for cell in row] for row in board.rows]
    headings = ["Measure", "Result", "", "Paper"]
    first = Table("summary", f"{names}: all measures.", headings, rows, "lrlr")
    return [first] + [
        replace(table, title=_label(table.title), explained=f"{names}, by {table.title.lower()}.")
        for table in group_tables(report)
    ]


def _languages(report: Report) -> Table:
    sides = "ll" + "r" * len(report.models)
    measured = "Negative log perplexity of {0} (nats per piece), and the gain of each model over it"
    caption, headings = measured.format(report.baseline), [report.baseline, *report.others]
    if report.two_runs:
        measured = (
            "negative log perplexity (nats per piece), and speed-up in steps, FLOPs and time "
        )
        measured += f"({clock(report.clock)})"
        caption, sides = f"{_names(report)}: {measured}", "llrrrrrr"
        headings = ["Dense", "Switch", "Gain", "Steps", "FLOPs", "Time"]
    rows = []
    for code, entry in report.languages.items():
        first, *others = entry.models.values()
        cells = [_gain(values.gain) for values in others]
        if report.two_runs:
            model = entry.models[MODEL]
            reach = model.gain.reach
            cells.insert(0, quality(model.quality.neg_log_perplexity))
            cells += [speedup(reach, unit) for unit in ("step", "flop", "time")]
        rows.append([code, entry.name, quality(first.quality.neg_log_perplexity), *cells])
    return Table("languages", f"{caption}. {_MARK}", ["Code", "Language", *headings], rows, sides)


def _names(report: Report) -> str:
    return " against ".join(reversed(report.titles))


def _gain(against: Gain) -> str:
    return signed(against.gain) + ("*" if against.significant else "")


def _label(title: str) -> str:
    return title.lower().replace(" ", "-")
