"""One direction: scores, comparison with the baseline, off-target rate, examples."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from langs.identify import Identifier
from models.generation.translation_scores import NAMES, Scorer
from pipeline.evaluate.groups import UNKNOWN, size
from pipeline.evaluate.language_names import describe
from pipeline.translation.score.bootstrap import IN_SIGNATURE, Draws, compared, drawn_scores, spread
from pipeline.translation.score.examples import pick
from pipeline.translation.score.off_target import off_target
from pipeline.translation.score.systems import Translations

ENGLISH = "en"
INTO, OUT_OF, BETWEEN = "into English", "out of English", "between others"


@dataclass(frozen=True)
class Scored:
    """One direction: its part of score.json, and of every system the scores of all draws."""

    entry: dict[str, Any]
    draws: dict[str, Draws]  # empty with one system only, where there is nothing to compare


def score_direction(
    lines: Translations,
    baseline: str,
    identify: Identifier,
    counted: Callable[[int], None] = lambda lines: None,
) -> Scored:
    """Score what every system made of the lines; `counted` as in `Scorer.counts`."""
    scorer = Scorer(lines.target)
    counts = scorer.counts(lines.references, lines.hypotheses, counted)
    totals = {name: scorer.scores(one.sum(axis=0).tolist()) for name, one in counts.items()}
    several = len(counts) > 1
    draws = {name: drawn_scores(scorer, one) for name, one in counts.items()} if several else {}
    systems: dict[str, dict[str, Any]] = {}
    for name, texts in lines.hypotheses.items():
        scores: dict[str, Any] = {key: {"score": one.score} for key, one in totals[name].items()}
        scores["bleu"]["verbose_score"] = totals[name]["bleu"]._verbose
        for key in NAMES if several else ():
            scores[key] |= spread(draws[name][key])
            if name != baseline:
                one, other = totals[baseline][key].score, totals[name][key].score
                scores[key] |= compared(one, draws[baseline][key], other, draws[name][key])
        languages = off_target(texts, lines.target, identify)
        systems[name] = scores | languages | {"empty": texts.count("")}
    entry = {
        **_about(lines),
        "tokenizer": scorer.tokenizer,
        "signatures": scorer.signatures(IN_SIGNATURE if several else {}),
        "references": off_target(lines.references, lines.target, identify),
        "systems": systems,
        "examples": pick(lines, _line_scores(scorer, counts), baseline),
    }
    return Scored(entry, draws)


def _line_scores(scorer: Scorer, counts: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: scorer.line_scores(one) for name, one in counts.items()}


def _about(lines: Translations) -> dict[str, Any]:
    """Languages, number of lines, and the groups that the direction belongs to."""
    code = _grouped_by(lines)
    about = describe(code)
    return {
        "source": lines.source,
        "target": lines.target,
        "lines": len(lines.references),
        "english": _english(lines),
        "language": code,
        "size": size(about["mc4_pages"]),
        "script": about["script"],
        "family": about["family"],
    }


def _grouped_by(lines: Translations) -> str:
    """The language that is not English; of two the one with fewer pages in mC4."""
    codes = [code for code in (lines.target, lines.source) if code and code != ENGLISH]
    return min(codes, key=lambda code: describe(code)["mc4_pages"], default=ENGLISH)


def _english(lines: Translations) -> str:
    if lines.target == ENGLISH:
        return INTO
    if lines.source is None:
        return UNKNOWN
    return OUT_OF if lines.source == ENGLISH else BETWEEN
