"""The tables and the CSV of what translators score, the same in every format."""

from typing import Any

from pipeline.evaluate.gain_kept import CHRF_KEPT, SHARE_KEPT
from pipeline.evaluate.translation_quality import CHRF, QUALITY
from pipeline.show.csv_text import csv_text
from pipeline.show.numbers import NOTHING, percent, quality, short
from pipeline.show.table import Table

SCORED = ["chrF++", "Gain kept", "Neg. log perplexity", "Gain kept"]


def translation_tables(report: dict[str, Any]) -> list[Table]:
    """Means and directions; none unless all runs have translated."""
    if not report["translation"]:
        return []
    return [_models(report), _directions(report)]


def directions_csv(report: dict[str, Any]) -> str:
    """One line a direction and model, full precision; empty where there is no share."""
    columns = (CHRF, QUALITY, CHRF_KEPT, SHARE_KEPT)
    rows = [
        [direction, name, *(values.get(column) for column in columns)]
        for direction, models in report["translation"]["directions"].items()
        for name, values in models.items()
    ]
    return csv_text(["direction", "model", *columns], rows)


def scored(values: dict[str, Any]) -> list[str]:
    """chrF++, the share of its gain kept, and the same of negative log perplexity."""
    return [
        f"{values[CHRF]:.2f}",
        percent(values.get(CHRF_KEPT)),
        quality(values[QUALITY]),
        percent(values.get(SHARE_KEPT)),
    ]


def _models(report: dict[str, Any]) -> Table:
    rows = []
    for name, values in report["translation"]["models"].items():
        entry = report["models"][name]
        steps = " ".join(map(short, values["steps"]))
        size = [short(entry["parameters"]), percent(entry.get("compression"))]
        rows.append([name, steps, *size, *scored(values)])
    explained = (
        "Mean over directions at the best validation of each run, which is its checkpoint_best.pt; "
        "chrF++ of greedy translations of validation pairs. Gain kept: of the teacher’s over "
        f"{report['baseline']}, the paper’s Table 8."
    )
    return Table(
        "Translation", explained, ["Model", "Best step", "Parameters", "Compression", *SCORED], rows
    )


def _directions(report: dict[str, Any]) -> Table:
    """A line a direction and model: names of models may be long, and headings of columns not."""
    rows = [
        [direction, name, *scored(values)]
        for direction, models in report["translation"]["directions"].items()
        for name, values in models.items()
    ]
    explained = (
        f"As above, of each direction. {NOTHING}: no student, or the teacher gained nothing there."
    )
    return Table("Directions", explained, ["Direction", "Model", *SCORED], rows)
