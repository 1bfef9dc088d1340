"""One direction: scores, comparison with the baseline, off-target rate, examples."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from langs.identify import Identifier
from models.generation.translation_scores import Scorer
from pipeline.evaluate.groups import UNKNOWN, size
from pipeline.evaluate.language_names import describe
from pipeline.report.scores.score_report import DirectionScores, OffTarget, Score, SystemScores
from pipeline.translation.score.bootstrap import IN_SIGNATURE, Draws, drawn_scores, with_bootstrap
from pipeline.translation.score.shown_examples import pick
from pipeline.translation.score.system_files import Translations

ENGLISH = "en"
INTO, OUT_OF, BETWEEN = "into English", "out of English", "between others"
SURE = 0.7  # mC4's least probability of a language (arXiv 2010.11934, section 3.1)
OTHER = "other"  # a language that mC4 does not have


@dataclass(frozen=True)
class Scored:
    """One direction: its part of score.json, and of every system the scores of all draws."""

    entry: DirectionScores
    draws: dict[str, dict[str, Draws]]  # system -> score; empty for a single system


def score_direction(
    lines: Translations,
    baseline: str,
    identify: Identifier,
    counted: Callable[[int], None] = lambda lines: None,
) -> Scored:
    """The scores of every system's translations; `counted` as in `Scorer.counts`."""
    scorer = Scorer(lines.target, len(lines.references))
    counts = scorer.counts(lines.references, lines.hypotheses, counted)
    several = len(counts) > 1
    draws = {name: drawn_scores(scorer, rows) for name, rows in counts.items()} if several else {}
    plain = {name: _corpus_scores(scorer, rows) for name, rows in counts.items()}
    scores = with_bootstrap(plain, draws, baseline)
    line_scores = {name: scorer.line_scores(rows) for name, rows in counts.items()}
    code = _grouped_by(lines)
    language = describe(code)
    entry = DirectionScores(
        source=lines.source,
        target=lines.target,
        lines=len(lines.references[0]),
        english=_english(lines),
        language=code,
        size=size(language["mc4_pages"]),
        script=language["script"],
        family=language["family"],
        tokenizer=scorer.tokenizer,
        signatures=scorer.signatures(IN_SIGNATURE if several else {}),
        references=off_target(lines.references[0], lines.target, identify),
        systems={
            name: SystemScores(
                scores[name], off_target(texts, lines.target, identify), texts.count("")
            )
            for name, texts in lines.hypotheses.items()
        },
        examples=pick(lines, line_scores, baseline),
    )
    return Scored(entry, draws)


def off_target(lines: Sequence[str], target: str, identify: Identifier) -> OffTarget:
    """The languages of translations, or of references.

    Off target: identified as another language with a probability of at least 0.7. Undecided: with
    less, or empty. A short line is easily taken for another language: compare the rate with that
    of the references.
    """
    answers = [identify(line) for line in lines]
    languages = Counter(code or OTHER for code, probability in answers if probability >= SURE)
    decided = sum(languages.values())
    return OffTarget(
        (decided - languages[target]) / len(lines),
        1 - decided / len(lines),
        dict(languages.most_common()),
    )


def _corpus_scores(scorer: Scorer, counts: NDArray[np.int64]) -> dict[str, Score]:
    """The scores of all lines by name; BLEU's with precisions and lengths as sacreBLEU has them."""
    totals = scorer.scores(counts.sum(axis=0).tolist())
    verbose = {"bleu": totals["bleu"]._verbose}
    return {name: Score(total.score, verbose.get(name)) for name, total in totals.items()}


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
