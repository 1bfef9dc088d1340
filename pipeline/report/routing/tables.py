"""What the routers did, in tables: a line a router on the page and in Markdown, all as CSV."""

import math
from typing import Any

from pipeline.report.runs.tables import markdown_table
from pipeline.show import latex
from pipeline.show.csv_text import csv_text
from pipeline.show.numbers import LABELS, percent

HEADINGS = [
    "Model", "Router", "Experts", "Effective experts", "of one language", "Information, nats",
    "by chance", "Told by language", "Dropped",
]  # fmt: skip
_ALIGNED = "ll" + "r" * (len(HEADINGS) - 2)
_BY_LANGUAGE = ("tokens", "dropped", "entropy", "shares")
EXPLAINED = (
    "Effective experts: e to the entropy of the experts’ load; then the same within one language, "
    "mean over languages. Information: of the language about the expert (mutual information), "
    "beside what independent draws would show; told by language: its share of the load’s entropy "
    "(0 %: the language says nothing of the expert, 100 %: everything). Dropped: over an expert’s "
    "capacity in validation, where most batches hold one language."
)


def label(name: str) -> str:
    """A model's name; in the report of two runs the name of the side."""
    return LABELS.get(name, name)


def router_rows(report: dict[str, Any]) -> list[list[str]]:
    """A row a model and router, in the order of HEADINGS; none without sparse runs."""
    return [
        [
            label(name),
            router["router"],
            str(found["experts"]),
            f"{math.exp(router['load_entropy']):.1f}",
            f"{_mean_effective(router['entropy']):.1f}",
            f"{router['mutual_information']:.3f}",
            f"{router['mutual_information_by_chance']:.3f}",
            percent(router["explained_by_language"]),
            percent(router["dropped_share"]),
        ]
        for name, found in report["routing_by_language"].items()
        for router in found["routers"]
    ]


def routing_markdown(report: dict[str, Any]) -> str:
    """Heading, explanation and table, to stand behind other text; nothing without sparse runs."""
    rows = router_rows(report)
    if not rows:
        return ""
    table = markdown_table(HEADINGS, _ALIGNED, rows)
    return f"\n## Experts and languages\n\n{EXPLAINED}\n\n{table}\n"


def routing_latex(report: dict[str, Any]) -> list[str]:
    """The table for a paper, as a list of one; empty without sparse runs."""
    rows = router_rows(report)
    caption = f"Experts and languages. {EXPLAINED}"
    return [latex.table(caption, "routing", HEADINGS, _ALIGNED, rows)] if rows else []


def routing_csv(report: dict[str, Any]) -> str:
    """One line a model, router and language: its tokens, and the share of each expert."""
    by_language = report["routing_by_language"]
    experts = max(found["experts"] for found in by_language.values())
    shares = [f"share_of_expert_{expert}" for expert in range(experts)]
    return csv_text(
        ["model", "router", "language", "tokens", "dropped", "entropy_nats", *shares],
        (
            [label(name), router["router"], code, *values, *by_expert]
            for name, found in by_language.items()
            for router in found["routers"]
            for code, *values, by_expert in zip(
                found["languages"], *(router[key] for key in _BY_LANGUAGE), strict=True
            )
        ),
    )


def _mean_effective(entropies: list[float]) -> float:
    return sum(map(math.exp, entropies)) / len(entropies)
