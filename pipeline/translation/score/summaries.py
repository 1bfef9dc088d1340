"""score.json: every direction, and the means over all of them and over groups."""

from collections.abc import Sequence
from statistics import fmean
from typing import Any

import numpy as np

from models.generation.translation_scores import MAIN, NAMES
from pipeline.evaluate.groups import SIZES, UNKNOWN
from pipeline.translation.score.bootstrap import DRAWS, SEED, compared, spread
from pipeline.translation.score.direction import BETWEEN, INTO, OUT_OF, Scored

SCORES_FORMAT = 1
GROUPED_BY = ("english", "size", "script", "family")
_ORDERS = {"english": (INTO, OUT_OF, BETWEEN, UNKNOWN), "size": (*SIZES, UNKNOWN)}


def build_scores(
    scored: dict[str, Scored], baseline: str, left_out: dict[str, str]
) -> dict[str, Any]:
    """What is in score.json (docs/translation.md), of directions by name."""
    directions = {name: one.entry for name, one in scored.items()}
    every = list(scored.values())
    systems = list(every[0].entry["systems"])
    return {
        "format": SCORES_FORMAT,
        "baseline": baseline,
        "systems": systems,
        "bootstrap": {"draws": DRAWS, "seed": SEED} if len(systems) > 1 else None,
        "summary": summary(every, baseline),
        "groups": {by: _grouped(every, by, baseline) for by in GROUPED_BY},
        "directions": directions,
        "left_out": left_out,
        "notes": _notes(directions, left_out),
    }


def summary(scored: Sequence[Scored], baseline: str) -> dict[str, Any]:
    """Means over directions, each counting once, and the comparison with the baseline.

    A comparison resamples the test lines of every direction and takes the mean over directions of
    each draw's corpus scores.
    """
    systems = scored[0].entry["systems"]
    return {
        "directions": len(scored),
        "lines": sum(one.entry["lines"] for one in scored),
        "references_off_target": fmean(one.entry["references"]["off_target"] for one in scored),
        "systems": {name: _system(scored, name, baseline) for name in systems},
    }


def _system(scored: Sequence[Scored], name: str, baseline: str) -> dict[str, Any]:
    entries = [one.entry["systems"][name] for one in scored]
    means: dict[str, Any] = {key: {"score": _mean(scored, name, key)} for key in NAMES}
    means |= {key: fmean(one[key] for one in entries) for key in ("off_target", "undecided")}
    for key in NAMES if scored[0].draws else ():
        means[key] |= spread(mean_draws(scored, name, key))
    if name == baseline:
        return means
    for key in NAMES:
        before, after = (_mean(scored, one, key) for one in (baseline, name))
        draws = mean_draws(scored, name, key)
        means[key] |= compared(before, mean_draws(scored, baseline, key), after, draws)
    differences = [one[MAIN]["difference"] for one in entries]
    marks = [one[MAIN]["significant"] for one in entries]
    return means | {
        "better": sum(one > 0 for one in differences),
        "worse": sum(one < 0 for one in differences),
        "significantly_better": marks.count(1),
        "significantly_worse": marks.count(-1),
    }


def _mean(scored: Sequence[Scored], name: str, key: str) -> float:
    return fmean(one.entry["systems"][name][key]["score"] for one in scored)


def mean_draws(scored: Sequence[Scored], name: str, key: str) -> np.ndarray:
    """float64 [DRAWS]: the mean over directions of each draw's scores."""
    return np.mean([one.draws[name][key] for one in scored], axis=0, dtype=float)


def _grouped(scored: Sequence[Scored], by: str, baseline: str) -> dict[str, Any]:
    """{group: its summary}: sizes in their order, scripts and families from many to few."""
    members: dict[str, list[Scored]] = {}
    for one in scored:
        members.setdefault(one.entry[by] or UNKNOWN, []).append(one)
    order = _ORDERS.get(by) or sorted(members, key=lambda group: (-len(members[group]), group))
    return {group: summary(members[group], baseline) for group in order if group in members}


def _notes(directions: dict[str, Any], left_out: dict[str, str]) -> list[str]:
    """What a reader must know before the numbers."""
    found = []
    for name, entry in directions.items():
        for system, scores in entry["systems"].items():
            if scores["empty"] == entry["lines"]:
                found.append(f"{system} has not translated a single line of {name}: all are empty.")
    if left_out:
        reasons = ", ".join(f"{name} ({reason})" for name, reason in left_out.items())
        found.append(f"Left out: {reasons}.")
    return found
