from collections.abc import Sequence
from statistics import fmean

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from pipeline.evaluate.intervals.over_seeds import over_seeds

values = st.lists(st.integers(-999, 999).map(lambda one: one / 100), min_size=2, max_size=6)


def difference(baseline: Sequence[float], model: Sequence[float]) -> dict[str, float | None]:
    return {"gain": fmean(model) - fmean(baseline)}


@given(values, values)
def test_of_a_difference_of_means_it_is_welch_s(baseline: list[float], model: list[float]) -> None:
    """Independent reference: scipy's two-sample t-test without equal variances."""
    assume(len(set(baseline)) > 1 and len(set(model)) > 1)
    low, high = stats.ttest_ind(model, baseline, equal_var=False).confidence_interval(0.95)
    found = over_seeds(baseline, model, difference)
    assert found["gain"] == pytest.approx((low, high), rel=1e-6, abs=1e-6)


def test_by_hand() -> None:
    # Variances 2 and 0 over two seeds each: standard error 1, one degree of freedom, t = 12.706.
    found = over_seeds([0.0, 2.0], [5.0, 5.0], difference)
    assert found["gain"] == pytest.approx((4 - 12.706, 4 + 12.706), abs=1e-3)


def test_one_seed_on_a_side_has_no_interval() -> None:
    assert over_seeds([1.0], [2.0, 3.0, 4.0], difference) == {}


def test_equal_seeds_have_no_interval() -> None:
    assert over_seeds([1.0, 1.0], [2.0, 2.0], difference) == {}


def test_a_figure_that_one_seed_decides_on_has_no_interval() -> None:
    def reached(baseline: Sequence[float], model: Sequence[float]) -> dict[str, float | None]:
        return {"speedup": fmean(model) if max(model) > 2 else None}

    assert over_seeds([0.0, 1.0], [1.0, 1.5, 3.0], reached) == {}
    assert "speedup" in over_seeds([0.0, 1.0], [1.0, 4.0, 3.0], reached)
