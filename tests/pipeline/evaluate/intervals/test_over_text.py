import numpy as np
import pytest

from pipeline.evaluate.intervals.over_text import over_documents


def sequences(nats: np.ndarray, tokens: int = 10) -> np.ndarray:
    """Sequences of as many tokens each; every one has bytes of its own."""
    number = len(nats)
    return np.stack([nats, np.full(number, tokens), np.arange(number) + 40], axis=1)


@pytest.fixture
def pair() -> tuple[np.ndarray, np.ndarray]:
    """400 sequences whose nats fall by 1 in the mean, with a standard deviation of 2."""
    random = np.random.default_rng(5)
    before = random.normal(30, 9, 400)
    return sequences(before), sequences(before - random.normal(1, 2, 400))


def test_agrees_with_the_normal_interval_of_paired_differences(
    pair: tuple[np.ndarray, np.ndarray],
) -> None:
    """Independent reference: mean and standard error of the differences a token."""
    gains = (pair[0][:, 0] - pair[1][:, 0]) / 10
    half = 1.96 * gains.std() / len(gains) ** 0.5
    found = over_documents({"en": pair[0]}, {"en": pair[1]}, ["en"])
    expected = (gains.mean() - half, gains.mean() + half)
    assert found["en", "gain"] == pytest.approx(expected, abs=0.1 * half)
    assert found["", "mean_gain"] == pytest.approx(found["en", "gain"])
    # One language only, better on all draws: no spread, so no interval.
    assert ("", "share_better") not in found


def test_the_draws_are_the_same_every_time(pair: tuple[np.ndarray, np.ndarray]) -> None:
    one, two = ({"en": pair[0], "fr": pair[1]}, {"en": pair[1], "fr": pair[0]})
    assert over_documents(one, two, ["en", "fr"]) == over_documents(one, two, ["en", "fr"])


def test_long_sequences_weigh_by_their_tokens() -> None:
    """A gain of 1 nat a token on 90 of 100 tokens: the gain lies near 0.9, not near 0.5."""
    tokens = np.tile([90, 10], 50)
    before = np.stack([tokens * 3.0, tokens, tokens * 4], axis=1)
    after = before - np.stack([tokens * np.tile([1.0, 0.0], 50), 0 * tokens, 0 * tokens], axis=1)
    low, high = over_documents({"en": before}, {"en": after}, ["en"])["en", "gain"]
    assert 0.8 < low < 0.9 < high < 0.97


def test_other_sequences_are_not_paired(pair: tuple[np.ndarray, np.ndarray]) -> None:
    other = pair[1][::-1]
    assert over_documents({"en": pair[0]}, {"en": other}, ["en"]) == {}
    assert over_documents({"en": pair[0]}, {}, ["en"]) == {}


def test_too_few_sequences_have_no_interval(pair: tuple[np.ndarray, np.ndarray]) -> None:
    assert over_documents({"en": pair[0][:4]}, {"en": pair[1][:4]}, ["en"]) == {}


def test_all_languages_need_an_interval_each(pair: tuple[np.ndarray, np.ndarray]) -> None:
    found = over_documents({"en": pair[0]}, {"en": pair[1]}, ["en", "fr"])
    assert list(found) == [("en", "gain")]
