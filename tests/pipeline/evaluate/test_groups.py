from statistics import fmean
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langs.registry import LANGUAGES
from pipeline.evaluate.groups import SIZES, UNKNOWN, group_summaries, size
from pipeline.evaluate.runs.metrics import Cost
from pipeline.evaluate.speedup import Speedup, Status


def reached(steps: float) -> Speedup:
    return Speedup(Status.REACHED, Cost(1, 1, 1), steps, steps, steps)


def summaries(gains: dict[str, float], *speedups: Speedup) -> dict[str, dict[str, dict[str, Any]]]:
    found = group_summaries(gains, dict(zip(gains, speedups, strict=True)))
    return {by: {name: vars(one) for name, one in groups.items()} for by, groups in found.items()}


def test_groups_by_hand() -> None:
    # Russian and Ukrainian share script and family; Yoruba is small, English the largest.
    made = summaries(
        {"en": 0.1, "ru": 0.2, "uk": -0.1, "yo": 0.0},
        *(reached(2), reached(5), Speedup(Status.NOT_REACHED), reached(1)),
    )
    assert list(made["script"]) == ["Cyrillic", "Latin"]
    cyrillic = made["script"]["Cyrillic"]
    assert (cyrillic["better"], cyrillic["worse"], cyrillic["not_reached"]) == (1, 1, 1)
    assert (cyrillic["mean_step_speedup"], cyrillic["share_speedup_at_least_4"]) == (5, 0.5)
    assert cyrillic["mean_gain"] == pytest.approx(0.05)
    assert list(made["size"]) == ["under 1 M pages", "10 to 100 M pages", "100 M pages or more"]
    assert made["size"]["under 1 M pages"]["ties"] == 1
    assert list(made["family"]) == ["Indo-European", "Niger-Congo"]


def test_a_code_outside_the_registry_is_of_unknown_kind() -> None:
    made = summaries({"qya": 0.1}, reached(2))
    assert [list(groups) for groups in made.values()] == [[UNKNOWN]] * 3


def test_bins_hold_their_lower_end() -> None:
    assert [size(pages) for pages in (999_999, 10**6, 10**7, 10**8)] == list(SIZES)


@given(st.dictionaries(st.sampled_from(sorted(LANGUAGES)), st.floats(-9, 9), min_size=1))
def test_every_language_is_once_in_each_grouping(gains: dict[str, float]) -> None:
    codes = list(gains)
    made = summaries(gains, *[reached(1)] * len(codes))
    for groups in made.values():
        counts = [group["languages_compared"] for group in groups.values()]
        assert sum(counts) == len(codes)
        means = [group["mean_gain"] for group in groups.values()]
        total = sum(mean * count for mean, count in zip(means, counts, strict=True))
        assert total / len(codes) == pytest.approx(fmean(gains.values()), abs=1e-9)
