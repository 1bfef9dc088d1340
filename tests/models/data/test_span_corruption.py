import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langs.errors import InputError
from models.data.span_corruption import (
    corrupt,
    corrupted_lengths,
    noise_counts,
    noise_mask,
    random_partition,
    text_tokens_for,
)

FIRST_SENTINEL, EOS = 999, 1


def t5_lengths(inputs_length: int, density: float = 0.15, mean: float = 3.0) -> tuple[int, int]:
    """(text tokens, target length), as T5's random_spans_helper defines them."""

    def lengths(tokens: int) -> tuple[int, int]:
        noise = round(tokens * density)
        spans = round(noise / mean)
        return tokens - noise + spans + 1, noise + spans + 1

    tokens = inputs_length
    while lengths(tokens + 1)[0] <= inputs_length:
        tokens += 1
    return tokens, lengths(tokens)[1]


@pytest.mark.parametrize(("source", "text", "target"), [(512, 568, 114), (128, 141, 29)])
def test_packed_lengths_by_hand(source: int, text: int, target: int) -> None:
    assert text_tokens_for(source) == text
    assert corrupted_lengths(text) == (source, target)


@pytest.mark.parametrize("source", [32, 64, 100, 114, 128, 256, 511, 512, 1024])
def test_packed_lengths_equal_t5s(source: int) -> None:
    text, target = t5_lengths(source)
    assert text_tokens_for(source) == text
    assert corrupted_lengths(text)[1] == target


def restore(source: list[int], target: list[int]) -> list[int]:
    """The text, by putting each span of the target where its sentinel stands."""
    assert source[-1] == target[-1] == EOS
    spans: dict[int, list[int]] = {}
    for token in target[:-1]:
        if token > 100:
            spans[token] = []
            last = token
        else:
            spans[last].append(token)
    assert list(spans) == list(range(FIRST_SENTINEL, FIRST_SENTINEL - len(spans), -1))
    return [t for token in source[:-1] for t in (spans[token] if token > 100 else [token])]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(0, 100), min_size=2, max_size=300), st.integers(0, 2**32))
def test_source_and_target_restore_the_text(text: list[int], seed: int) -> None:
    mask = noise_mask(len(text), np.random.default_rng(seed))
    source, target = corrupt(np.array(text), mask, FIRST_SENTINEL, EOS)
    assert restore(source.tolist(), target.tolist()) == text
    assert (len(source), len(target)) == corrupted_lengths(len(text))
    assert source.dtype == target.dtype == np.int64


@settings(max_examples=200, deadline=None)
@given(st.integers(2, 1000), st.integers(0, 2**32))
def test_mask_has_exact_counts(tokens: int, seed: int) -> None:
    noise, spans = noise_counts(tokens)
    assert noise == min(max(round(tokens * 0.15), 1), tokens - 1)
    mask = noise_mask(tokens, np.random.default_rng(seed))
    assert mask.sum() == noise
    assert np.count_nonzero(np.diff(mask.astype(int)) == 1) == spans
    assert not mask[0]
    assert mask[-1]


@settings(max_examples=100, deadline=None)
@given(
    st.integers(4, 400),
    st.floats(0.05, 0.9),
    st.floats(1.0, 12.0),
    st.integers(0, 2**32),
)
def test_any_density_and_span_restores(tokens: int, density: float, mean: float, seed: int) -> None:
    text = np.random.default_rng(seed).integers(2, 100, tokens)
    mask = noise_mask(tokens, np.random.default_rng(seed), density, mean)
    assert mask.sum() == noise_counts(tokens, density, mean)[0]
    source, target = corrupt(text, mask, FIRST_SENTINEL, EOS)
    assert restore(source.tolist(), target.tolist()) == text.tolist()


def test_corruption_by_hand() -> None:
    # T5's example: Thank you <X> me to your party <Y> week. / <X> for inviting <Y> last
    text = np.arange(10, 20)  # Thank you for inviting me to your party last week
    mask = np.array([0, 0, 1, 1, 0, 0, 0, 0, 1, 0]).astype(bool)
    source, target = corrupt(text, mask, FIRST_SENTINEL, EOS)
    assert source.tolist() == [10, 11, 999, 14, 15, 16, 17, 998, 19, EOS]
    assert target.tolist() == [999, 12, 13, 998, 18, EOS]


def test_partitions_are_uniform() -> None:
    # 5 items in 3 parts can be cut in 6 ways.
    rng, seen = np.random.default_rng(0), {}
    for _ in range(6000):
        parts = tuple(random_partition(5, 3, rng).tolist())
        assert sum(parts) == 5
        assert min(parts) >= 1
        seen[parts] = seen.get(parts, 0) + 1
    assert len(seen) == 6
    assert all(850 < count < 1150 for count in seen.values())


def test_every_position_is_hidden_about_as_often() -> None:
    hidden = sum(noise_mask(141, np.random.default_rng(seed)) for seed in range(2000)) / 2000
    assert hidden.mean() == pytest.approx(21 / 141)
    assert hidden[20:120].min() > 0.10
    assert hidden[20:120].max() < 0.20


@pytest.mark.parametrize(
    ("source", "density", "mean"),
    [(4, 0.15, 3.0), (128, 0.0, 3.0), (128, 1.0, 3.0), (128, -0.1, 3.0), (128, 0.15, 0.5)],
)
def test_impossible_settings(source: int, density: float, mean: float) -> None:
    with pytest.raises(InputError, match="source_tokens"):
        text_tokens_for(source, density, mean)
