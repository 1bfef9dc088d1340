"""The report of all directions: means over all of them and over groups."""

from collections.abc import Sequence
from statistics import fmean

import numpy as np

from models.generation.translation_scores import NAMES
from pipeline.evaluate.groups import SIZES, UNKNOWN
from pipeline.report.scores.score_report import (
    FORMAT,
    Bootstrap,
    DirectionScores,
    Score,
    ScoreReport,
    Summary,
    SystemMeans,
    SystemScores,
    Wins,
)
from pipeline.translation.score.bootstrap import DRAWS, SEED, Draws, with_bootstrap
from pipeline.translation.score.direction_scores import BETWEEN, INTO, OUT_OF, Scored

GROUPED_BY = ("english", "size", "script", "family")
_ORDERS = {"english": (INTO, OUT_OF, BETWEEN, UNKNOWN), "size": (*SIZES, UNKNOWN)}


def score_report(scored: dict[str, Scored], baseline: str, left_out: dict[str, str]) -> ScoreReport:
    """The report of directions by name."""
    directions = {name: direction.entry for name, direction in scored.items()}
    every = list(scored.values())
    systems = list(every[0].entry.systems)
    return ScoreReport(
        format=FORMAT,
        baseline=baseline,
        systems=systems,
        bootstrap=Bootstrap(DRAWS, SEED) if len(systems) > 1 else None,
        summary=summary(every, baseline),
        groups={by: _grouped(every, by, baseline) for by in GROUPED_BY},
        directions=directions,
        left_out=left_out,
        notes=_notes(directions, left_out),
    )


def summary(scored: Sequence[Scored], baseline: str) -> Summary:
    """Means over directions, each counting once, and the comparison with the baseline.

    A comparison resamples the test lines of every direction and takes the mean over directions of
    each draw's corpus scores.
    """
    entries = [direction.entry for direction in scored]
    by_system = {name: [entry.systems[name] for entry in entries] for name in entries[0].systems}
    means = {
        name: {key: Score(fmean(scores.scores[key].score for scores in every)) for key in NAMES}
        for name, every in by_system.items()
    }
    draws = {
        name: {key: mean_draws(scored, name, key) for key in NAMES} for name in scored[0].draws
    }
    scores = with_bootstrap(means, draws, baseline)
    return Summary(
        directions=len(entries),
        lines=sum(entry.lines for entry in entries),
        references_off_target=fmean(entry.references.off_target for entry in entries),
        systems={
            name: SystemMeans(
                scores[name],
                fmean(system.identified.off_target for system in every),
                fmean(system.identified.undecided for system in every),
                _wins(every),
            )
            for name, every in by_system.items()
        },
    )


def mean_draws(scored: Sequence[Scored], system: str, key: str) -> Draws:
    """The mean over directions of each draw's score `key`."""
    draws = [direction.draws[system][key] for direction in scored]
    return np.asarray(np.mean(draws, axis=0, dtype=float))


def _wins(scores: Sequence[SystemScores]) -> Wins | None:
    """Over directions; None for the baseline and for a single system."""
    comparisons = [system.main.comparison for system in scores]
    differences = [comparison.difference for comparison in comparisons if comparison]
    marks = [comparison.significant for comparison in comparisons if comparison]
    if not marks:
        return None
    return Wins(
        better=sum(difference > 0 for difference in differences),
        worse=sum(difference < 0 for difference in differences),
        significantly_better=marks.count(1),
        significantly_worse=marks.count(-1),
    )


def _grouped(scored: Sequence[Scored], by: str, baseline: str) -> dict[str, Summary]:
    """{group: its summary}: sizes in their order, scripts and families from many to few."""
    members: dict[str, list[Scored]] = {}
    for direction in scored:
        members.setdefault(getattr(direction.entry, by) or UNKNOWN, []).append(direction)
    order = _ORDERS.get(by) or sorted(members, key=lambda group: (-len(members[group]), group))
    return {group: summary(members[group], baseline) for group in order if group in members}


def _notes(directions: dict[str, DirectionScores], left_out: dict[str, str]) -> list[str]:
    notes = [
        f"{name} has not translated a single line of {direction}: all are empty."
        for direction, entry in directions.items()
        for name, system in entry.systems.items()
        if system.empty == entry.lines
    ]
    if left_out:
        reasons = ", ".join(f"{name} ({reason})" for name, reason in left_out.items())
        notes.append(f"Left out: {reasons}.")
    return notes
