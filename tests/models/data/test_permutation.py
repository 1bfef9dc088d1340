import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.data.permutation import Permutation


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 3000), st.integers(0, 2**32))
def test_bijection(size: int, seed: int) -> None:
    permutation = Permutation(size, (seed,))
    assert sorted(permutation[i] for i in range(size)) == list(range(size))


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 15, 16, 17, 255, 256, 257, 1023, 1024, 1025])
def test_bijection_around_powers_of_two(size: int) -> None:
    permutation = Permutation(size, (1, 2, 3))
    assert {permutation[i] for i in range(size)} == set(range(size))


def test_seed_decides() -> None:
    orders = [[Permutation(100, (seed,))[i] for i in range(100)] for seed in (1, 1, 2)]
    assert orders[0] == orders[1]
    assert orders[0] != orders[2]


def test_large_sizes_cost_no_memory() -> None:
    permutation = Permutation(10**13 + 7, (5,))
    places = [permutation[i] for i in range(1000)]
    assert len(set(places)) == 1000
    assert all(0 <= place < permutation.size for place in places)


def test_looks_shuffled() -> None:
    # Where each place lands, over many seeds, is about uniform: 4,000 draws over 8 cells.
    hits = [0] * 8
    for seed in range(500):
        permutation = Permutation(8, (seed,))
        hits[permutation[3]] += 1
    assert min(hits) > 30  # 62.5 expected, 7.4 standard deviation
    assert max(hits) < 95
