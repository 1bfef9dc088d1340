"""The lines that are shown side by side: those that changed most, and some at even distances."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from pipeline.report.scores.score_report import Example, ExampleTranslation
from pipeline.translation.score.system_files import Translations

EACH = 2  # lines of each kind
CUT = 600  # characters of a text that is shown
BETTER, WORSE, EVEN = "better", "worse", "evenly spread"
BEST, WORST = "best", "worst"

LineScores = NDArray[np.float64]
"""[lines]: chrF++ of each line by itself."""


def pick(
    lines: Translations, line_scores: Mapping[str, LineScores], baseline: str
) -> list[Example]:
    """Examples by kind, no line twice; line_scores: by system.

    With several systems the lines on which the mean of the others gained and lost most against
    the baseline; with one the best and the worst; then lines at even distances.
    """
    others = [scores for name, scores in line_scores.items() if name != baseline]
    kinds = (BETTER, WORSE) if others else (BEST, WORST)
    ordering = line_scores[baseline]
    if others:
        ordering = np.mean(others, axis=0) - ordering
    chosen: dict[int, str] = {}
    order = np.argsort(ordering, kind="stable").tolist()
    for kind, candidates in ((kinds[0], order[::-1]), (kinds[1], order), (EVEN, _even(len(order)))):
        fresh = [line for line in candidates if line not in chosen and _fits(ordering[line], kind)]
        chosen |= dict.fromkeys(fresh[:EACH], kind)
    return [_example(lines, line_scores, line, kind) for line, kind in chosen.items()]


def _fits(change: float, kind: str) -> bool:
    """A line that changed for the worse is no example of a better one, and the reverse."""
    return {BETTER: change > 0, WORSE: change < 0}.get(kind, True)


def _even(lines: int) -> list[int]:
    """The middles of EACH equal parts, then the lines after each of them."""
    middles = [(2 * part + 1) * lines // (2 * EACH) for part in range(EACH)]
    return [(middle + step) % lines for step in range(lines) for middle in middles]


def _example(
    lines: Translations, line_scores: Mapping[str, LineScores], line: int, kind: str
) -> Example:
    return Example(
        line=line + 1,
        kind=kind,
        source=_cut(lines.sources[line]) if lines.sources else None,
        reference=_cut(lines.references[0][line]),
        systems={
            name: ExampleTranslation(_cut(texts[line]), float(line_scores[name][line]))
            for name, texts in lines.hypotheses.items()
        },
    )


def _cut(text: str) -> str:
    return text if len(text) <= CUT else text[: CUT - 1] + "…"
