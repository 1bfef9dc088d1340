"""The languages before and after sampling: `mixture.json` as a table, and as files to look at."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from langs.registry import LANGUAGES
from models.formats.data_folder import MIXTURE
from pipeline.prepare.mixture_plot import plot
from pipeline.show.table import aligned
from pipeline.stages import folders

JSON, CSV, SVG = MIXTURE, "mixture.csv", "mixture.svg"
_HEADINGS = ("language", "", "{unit}", "corpus", "training", "times", "epochs")
_WORDS = 2  # columns of words come first, then numbers


@dataclass(frozen=True)
class Row:
    """One language. Shares are parts of all tokens (of a sample: of its budget's unit), 0 to 1."""

    code: str
    name: str
    size: int  # in the mixture's unit
    corpus_share: float
    training_share: float
    epochs: float  # how often the training sees the language's text


def rows(mixture: Mapping[str, Any]) -> list[Row]:
    """The languages of a mixture, the largest first."""
    made = [
        Row(
            code,
            LANGUAGES[code].name if code in LANGUAGES else code,
            mixture["sizes"][code],
            mixture["shares"][code],
            rate,
            mixture["epochs"][code],
        )
        for code, rate in mixture["rates"].items()
    ]
    return sorted(made, key=lambda row: (-row.corpus_share, row.code))


def title(mixture: Mapping[str, Any]) -> str:
    """One line on the sampling method, its setting, and the size."""
    how = "alpha" if mixture["method"] == "temperature" else "max_epochs"
    size = (
        f"{mixture['token_budget']:,} tokens of training"
        if "token_budget" in mixture
        else (f"{sum(mixture['made'].values()):,} {mixture['budget_unit']}")
    )
    return (
        f"{len(mixture['rates'])} languages by {mixture['method']}, {how} {mixture[how]:g}, "
        f"on {mixture['unit']}; {size}"
    )


def text(mixture: Mapping[str, Any]) -> str:
    """The table for a terminal, under its title. `times`: training's share to the corpus's."""
    headings = [heading.format(unit=mixture["unit"]) for heading in _HEADINGS]
    table = [headings, *(_cells(row) for row in rows(mixture))]
    return "\n".join([title(mixture), "", aligned(table, _WORDS)])


def _cells(row: Row) -> list[str]:
    return [
        row.code,
        row.name,
        f"{row.size:,}",
        f"{row.corpus_share:.3%}",
        f"{row.training_share:.3%}",
        f"{row.training_share / row.corpus_share:,.2f}",
        f"{row.epochs:,.2f}",
    ]


def write(folder: Path, mixture: Mapping[str, Any]) -> None:
    """Write `mixture.json`, and `mixture.csv` and `mixture.svg` to look at. OSErrors pass up."""
    folders.write_text(folder / CSV, _csv(mixture))
    folders.write_text(folder / SVG, plot(title(mixture), rows(mixture)))
    folders.write_json(folder / JSON, mixture)


def _csv(mixture: Mapping[str, Any]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    names = ("corpus_share", "training_share", "epochs")
    writer.writerow(["language", "name", mixture["unit"], *names])
    for row in rows(mixture):
        values = [f"{getattr(row, name):.8g}" for name in names]
        writer.writerow([row.code, row.name, row.size, *values])
    return buffer.getvalue()
