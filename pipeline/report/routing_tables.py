"""What the routers did, in tables: a line a router on the page and in Markdown, all as CSV."""

import csv
import io
import math
from typing import Any

from pipeline.report.tables import markdown_table
from pipeline.report.text import LABELS, percent

HEADINGS = [
    "Model", "Router", "Experts", "Effective experts", "of one language", "Information, nats",
    "by chance", "Told by language", "Dropped",
]  # fmt: skip
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
    table = markdown_table(HEADINGS, "ll" + "r" * (len(HEADINGS) - 2), rows)
    return f"\n## Experts and languages\n\n{EXPLAINED}\n\n{table}\n"


def routing_csv(report: dict[str, Any]) -> str:
    """One line a model, router, language and expert: share of the language's tokens."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ["model", "router", "language", "tokens", "dropped", "entropy_nats", "expert", "share"]
    )
    for name, found in report["routing_by_language"].items():
        for router in found["routers"]:
            for row, code in enumerate(found["languages"]):
                start = [label(name), router["router"], code]
                start += [router[key][row] for key in ("tokens", "dropped", "entropy")]
                writer.writerows([*start, *one] for one in enumerate(router["shares"][row]))
    return text.getvalue()


def _mean_effective(entropies: list[float]) -> float:
    return sum(map(math.exp, entropies)) / len(entropies)
