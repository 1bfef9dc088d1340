import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import jensenshannon

from pipeline.evaluate.routing import expert_use

# Two languages of 40 tokens, two experts.
LEANING = np.array([[30, 10], [10, 30]])
COUNTS = arrays(np.int64, (4, 3), elements=st.integers(0, 50))


def test_shares_load_and_entropy_by_hand() -> None:
    assert expert_use.shares(np.array([[1, 3], [0, 0]])).tolist() == [[0.25, 0.75], [0, 0]]
    assert expert_use.load(np.array([[1, 3], [5, 1]])).tolist() == [0.6, 0.4]
    found = expert_use.entropy(np.array([[0.25, 0.75], [1.0, 0.0], [0.5, 0.5]]))
    by_hand = -(0.25 * math.log(0.25) + 0.75 * math.log(0.75))
    assert found == pytest.approx([by_hand, 0, math.log(2)])


def test_mutual_information_by_hand() -> None:
    # ln 2 for the expert alone, less 0.5623 within either language
    assert expert_use.mutual_information(LEANING) == pytest.approx(0.130812, abs=1e-6)
    assert expert_use.explained_by_language(LEANING) == pytest.approx(0.188722, abs=1e-6)


def test_languages_count_by_their_tokens() -> None:
    # p(l, e) = 6/8, 1/8, 1/8: I = sum p ln(p / (p(l) p(e)))
    counts = np.array([[6, 0], [1, 1]])
    by_hand = 6 / 8 * math.log(6 / 8 / (6 / 8 * 7 / 8)) + 1 / 8 * math.log(1 / 8 / (2 / 8 * 7 / 8))
    by_hand += 1 / 8 * math.log(1 / 8 / (2 / 8 * 1 / 8))
    assert expert_use.mutual_information(counts) == pytest.approx(by_hand)


def test_an_expert_for_each_language_is_told_by_it() -> None:
    assert expert_use.mutual_information(np.diag([5, 5, 5])) == pytest.approx(math.log(3))
    assert expert_use.explained_by_language(np.diag([5, 5, 5])) == pytest.approx(1)


def test_one_expert_for_all_tells_nothing() -> None:
    counts = np.array([[7, 0], [9, 0]])
    assert expert_use.mutual_information(counts) == 0
    assert expert_use.explained_by_language(counts) == 0
    assert expert_use.information_by_chance(counts) == 0


def test_information_by_chance_is_what_independent_draws_have() -> None:
    random = np.random.default_rng(1)
    found = []
    for _ in range(400):
        tokens = random.multinomial(500, np.full(12, 1 / 12)).reshape(4, 3)
        found.append(expert_use.mutual_information(tokens))
    assert expert_use.information_by_chance(tokens) == 6 / 1000
    assert np.mean(found) == pytest.approx(6 / 1000, rel=0.1)


def test_distance_is_scipy_s_and_goes_over_routers() -> None:
    other = np.array([[40, 0], [0, 40]])
    (row,) = expert_use.distances(LEANING[None])[:1]
    apart = jensenshannon([0.75, 0.25], [0.25, 0.75], base=2)
    assert row == pytest.approx([0, apart])
    assert expert_use.distances(other[None])[0, 1] == pytest.approx(1)
    both = expert_use.distances(np.stack([LEANING, other]))[0, 1]
    assert both == pytest.approx(math.sqrt((apart**2 + 1) / 2))


@settings(max_examples=50, deadline=None)
@given(COUNTS)
def test_bounds_and_symmetry(counts: np.ndarray) -> None:
    information = expert_use.mutual_information(counts)
    assert 0 <= information <= float(expert_use.entropy(expert_use.load(counts))) + 1e-9
    assert information == pytest.approx(expert_use.mutual_information(counts.T), abs=1e-9)
    found = expert_use.distances(counts[None])
    assert np.allclose(found, found.T, atol=1e-6)
    assert found.min() >= 0
    assert found.max() <= 1
