import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.data.mixture_schedule import CHUNK_SEQUENCES, MixtureSchedule

RATES = np.array([0.5, 0.3, 0.15, 0.05])


def test_ranks_count_each_language_in_order_over_chunks() -> None:
    schedule = MixtureSchedule(RATES, seed=3)
    seen: list[list[int]] = [[] for _ in RATES]
    for sequence in range(2 * CHUNK_SEQUENCES + 100):
        language, rank = schedule[sequence]
        seen[language].append(rank)
    for ranks in seen:
        assert ranks == list(range(len(ranks)))


def test_frequencies() -> None:
    schedule, drawn = MixtureSchedule(RATES * 7, seed=1), np.zeros(4)  # rates are normalised
    total = 4 * CHUNK_SEQUENCES
    for sequence in range(total):
        drawn[schedule[sequence][0]] += 1
    deviation = np.sqrt(RATES * (1 - RATES) / total)
    assert (np.abs(drawn / total - RATES) < 5 * deviation).all()


def test_every_stretch_is_mixed() -> None:
    schedule = MixtureSchedule(RATES, seed=1)
    for start in range(0, CHUNK_SEQUENCES, 512):
        share = np.mean([schedule[start + i][0] == 0 for i in range(512)])
        assert abs(share - 0.5) < 5 * np.sqrt(0.25 / 512)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 6 * CHUNK_SEQUENCES), min_size=1, max_size=12))
def test_random_access_equals_sequential_access(sequences: list[int]) -> None:
    jumping, going_on = MixtureSchedule(RATES, seed=9), MixtureSchedule(RATES, seed=9)
    found = {sequence: jumping[sequence] for sequence in sequences}
    for sequence in sorted(sequences):
        assert going_on[sequence] == found[sequence]


def test_seed_decides() -> None:
    orders = [[MixtureSchedule(RATES, seed)[i] for i in range(50)] for seed in (1, 1, 2)]
    assert orders[0] == orders[1]
    assert orders[0] != orders[2]


def test_a_language_with_rate_zero_is_never_drawn() -> None:
    schedule = MixtureSchedule(np.array([1.0, 0.0, 1.0]), seed=1)
    assert {schedule[i][0] for i in range(2000)} == {0, 2}
