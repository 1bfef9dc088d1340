"""What the routers did, in tables: a line a router on the page and in Markdown, all as CSV."""

import math

from pipeline.evaluate.report import Report
from pipeline.show import latex
from pipeline.show.numbers import label, percent
from pipeline.show.table import csv_text, markdown_table

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


def router_rows(report: Report) -> list[list[str]]:
    """A row a model and router, in the order of HEADINGS; none without sparse runs."""
    return [
        [
            label(name),
            router.router,
            str(division.experts),
            f"{math.exp(router.load_entropy):.1f}",
            f"{_mean_effective(router.entropy):.1f}",
            f"{router.mutual_information:.3f}",
            f"{router.mutual_information_by_chance:.3f}",
            percent(router.explained_by_language),
            percent(router.dropped_share),
        ]
        for name, division in report.routing_by_language.items()
        for router in division.routers
    ]


def routing_markdown(report: Report) -> str:
    """Heading, explanation and table, to stand behind other text; nothing without sparse runs."""
    rows = router_rows(report)
    if not rows:
        return ""
    table = markdown_table(HEADINGS, _ALIGNED, rows)
    return f"\n## Experts and languages\n\n{EXPLAINED}\n\n{table}\n"


def routing_latex(report: Report) -> list[str]:
    """The table for a paper, as a list of one; empty without sparse runs."""
    rows = router_rows(report)
    caption = f"Experts and languages. {EXPLAINED}"
    return [latex.table(caption, "routing", HEADINGS, _ALIGNED, rows)] if rows else []


def routing_csv(report: Report) -> str:
    """One line a model, router and language: its tokens, and the share of each expert."""
    by_language = report.routing_by_language
    experts = max(division.experts for division in by_language.values())
    shares = [f"share_of_expert_{expert}" for expert in range(experts)]
    return csv_text(
        ["model", "router", "language", "tokens", "dropped", "entropy_nats", *shares],
        (
            [label(name), router.router, code, *values, *by_expert]
            for name, division in by_language.items()
            for router in division.routers
            for code, *values, by_expert in zip(
                division.languages, *(getattr(router, key) for key in _BY_LANGUAGE), strict=True
            )
        ),
    )


def _mean_effective(entropies: list[float]) -> float:
    return sum(map(math.exp, entropies)) / len(entropies)
