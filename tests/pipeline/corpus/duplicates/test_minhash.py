import random

import numpy as np
import pytest

from pipeline.corpus.duplicates import minhash
from pipeline.corpus.duplicates.minhash import Banding, band_hashes, banding, likeness, shingles


def test_shingles_are_runs_of_five_words():
    one, two = shingles("a b c d e f g", 5), shingles("A, b c d e f h!", 5)
    assert len(one) == len(two) == 3
    assert likeness(one, two) == 2 / 4  # abcde and bcdef of those two, cdefg and cdefh
    assert (np.diff(one.astype(np.int64)) > 0).all()


def test_shingles_of_ten_letters_in_scripts_without_spaces():
    text = "人人生而自由在尊严和权利上一律平等"
    assert len(shingles(text, 5)) == len(text) - 9
    assert likeness(shingles(text, 5), shingles(text[1:], 5)) == (len(text) - 10) / (len(text) - 9)


def test_shingles_of_other_lengths():
    assert len(shingles("a b c a b", 1)) == 3
    assert likeness(shingles("a b c d", 1), shingles("d c b e", 1)) == 3 / 5
    assert likeness(shingles("a b c d", 2), shingles("a b c e", 2)) == 2 / 4


def test_short_pages_are_one_shingle_and_empty_ones_none():
    assert len(shingles("one two", 5)) == 1
    assert likeness(shingles("One two!", 5), shingles("one, two", 5)) == 1
    assert likeness(shingles("one two", 5), shingles("two one", 5)) == 0
    assert len(shingles("...", 5)) == 0
    assert likeness(shingles("", 5), shingles("", 5)) == 0


@pytest.mark.parametrize(
    ("least", "expected"),
    # 1 - (1 - 0.8^6)^20 = 0.998 and 1 - (1 - 0.8^7)^17 = 0.982
    [(0.8, Banding(20, 6)), (0.5, Banding(40, 3)), (1.0, Banding(1, 120))],
)
def test_bands_are_the_longest_that_find_99_of_100(least, expected):
    assert banding(least) == expected


def pair(chance: random.Random, wanted: float, size: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Two pages of random shingles of the likeness `wanted`, about."""
    both = round(2 * size * wanted / (1 + wanted))
    drawn = np.array(chance.sample(range(2**32), 2 * size - both), np.uint32)
    return np.sort(drawn[:size]), np.sort(drawn[size - both :])


@pytest.mark.parametrize(("wanted", "low", "high"), [(0.8, 0.98, 1), (0.5, 0.15, 0.4), (0.1, 0, 0)])
def test_like_pages_share_a_band(wanted, low, high):
    # probabilities: 0.998 at 0.8, 0.27 at 0.5, 0.00002 at 0.1
    chance, how = random.Random(1), banding(0.8)
    shared = []
    for _ in range(200):
        one, two = pair(chance, wanted)
        assert abs(likeness(one, two) - wanted) < 0.005
        shared.append(bool((band_hashes(one, how) == band_hashes(two, how)).any()))
    assert low <= np.mean(shared) <= high


def test_a_minhash_value_is_equal_as_often_as_the_pages_are_like():
    chance, how = random.Random(2), Banding(120, 1)
    pairs = [pair(chance, 0.6) for _ in range(200)]
    equal = [np.mean(band_hashes(one, how) == band_hashes(two, how)) for one, two in pairs]
    assert abs(np.mean(equal) - 0.6) < 0.015


def test_long_pages_in_parts_give_the_same(monkeypatch):
    page = np.sort(np.array(random.Random(3).sample(range(2**32), 3000), np.uint32))
    whole = band_hashes(page, banding(0.8))
    monkeypatch.setattr(minhash, "_CHUNK", 7)
    assert (band_hashes(page, banding(0.8)) == whole).all()
