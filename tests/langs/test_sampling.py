import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langs.errors import InputError
from langs.sampling import alpha_of_temperature, temperature_rates, unimax_allotments, unimax_rates

sizes_of_languages = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=3), st.floats(1e-3, 1e12), min_size=1, max_size=30
)


def test_temperature_by_hand() -> None:
    # square roots of 16, 4, 1 are 4, 2, 1: sevenths
    rates = temperature_rates({"en": 16, "de": 4, "yo": 1}, alpha=0.5)
    assert rates == pytest.approx({"en": 4 / 7, "de": 2 / 7, "yo": 1 / 7})


def test_alpha_of_mt5_on_pages() -> None:
    # 1000^0.3 = 7.943...: a language with a thousand times the pages is drawn 7.94 times as often
    rates = temperature_rates({"en": 1_000_000, "yo": 1_000}, alpha=0.3)
    assert rates["en"] / rates["yo"] == pytest.approx(7.943282347)


def test_temperature_is_one_over_alpha() -> None:
    assert alpha_of_temperature(1) == 1
    assert alpha_of_temperature(5) == 0.2
    assert alpha_of_temperature(math.inf) == 0


@given(sizes_of_languages, st.floats(0, 5))
def test_temperature_rates_sum_to_one_and_never_turn_the_order_round(sizes, alpha) -> None:
    rates = temperature_rates(sizes, alpha)
    assert list(rates) == list(sizes)
    assert math.fsum(rates.values()) == pytest.approx(1)
    in_order = sorted(sizes, key=sizes.__getitem__)
    assert all(rates[a] <= rates[b] for a, b in itertools.pairwise(in_order))


@given(sizes_of_languages)
def test_alpha_one_is_proportional_and_alpha_zero_uniform(sizes) -> None:
    total = math.fsum(sizes.values())
    proportional = {code: size / total for code, size in sizes.items()}
    assert temperature_rates(sizes, 1) == pytest.approx(proportional)
    assert set(temperature_rates(sizes, 0).values()) == {1 / len(sizes)}


@given(sizes_of_languages, st.floats(0.01, 1), st.floats(0.001, 1000))
def test_rates_do_not_depend_on_the_unit(sizes, alpha, factor) -> None:
    scaled = {code: size * factor for code, size in sizes.items()}
    assert temperature_rates(scaled, alpha) == pytest.approx(temperature_rates(sizes, alpha))


def test_unimax_by_hand() -> None:
    # budget 100, cap 4 epochs: yo gets 4 * 5 = 20 (an equal share is 33), de and en share 80
    sizes = {"en": 1000, "yo": 5, "de": 50}
    assert unimax_allotments(sizes, budget=100, max_epochs=4) == {"en": 40, "yo": 20, "de": 40}
    assert unimax_rates(sizes, budget=100, max_epochs=4) == {"en": 0.4, "yo": 0.2, "de": 0.4}


def test_unimax_budget_above_what_the_cap_allows_gives_every_language_its_cap() -> None:
    assert unimax_allotments({"en": 10, "de": 5}, 1000, 2) == {"en": 20, "de": 10}
    assert unimax_rates({"en": 10, "de": 5}, 1000, 2) == pytest.approx({"en": 2 / 3, "de": 1 / 3})


def water_level(sizes: dict[str, float], budget: float, max_epochs: float) -> float:
    """The level at which min(level, cap) summed over languages is the budget, by bisection."""
    low, high = 0.0, max_epochs * max(sizes.values())
    for _ in range(200):
        middle = (low + high) / 2
        filled = math.fsum(min(middle, max_epochs * size) for size in sizes.values())
        low, high = (middle, high) if filled < budget else (low, middle)
    return high


@given(sizes_of_languages, st.floats(1e-3, 1e13), st.floats(0.1, 20))
def test_unimax_is_water_filling(sizes, budget, max_epochs) -> None:
    allotments = unimax_allotments(sizes, budget, max_epochs)
    level = water_level(sizes, budget, max_epochs)
    expected = {code: min(level, max_epochs * size) for code, size in sizes.items()}
    assert allotments == pytest.approx(expected, rel=1e-6)


@given(sizes_of_languages, st.floats(1e-3, 1e13), st.floats(0.1, 20))
def test_unimax_keeps_the_cap_and_the_budget(sizes, budget, max_epochs) -> None:
    allotments = unimax_allotments(sizes, budget, max_epochs)
    assert all(allotments[code] <= max_epochs * size for code, size in sizes.items())
    allowed = min(budget, max_epochs * math.fsum(sizes.values()))
    assert math.fsum(allotments.values()) == pytest.approx(allowed)
    assert math.fsum(unimax_rates(sizes, budget, max_epochs).values()) == pytest.approx(1)


@pytest.mark.parametrize("bad", [0, -1, math.nan, math.inf])
def test_bad_sizes_are_named(bad: float) -> None:
    for mix in (lambda s: temperature_rates(s, 0.3), lambda s: unimax_rates(s, 1, 1)):
        with pytest.raises(InputError, match="'yo'"):
            mix({"en": 5, "yo": bad})


def test_no_languages_is_an_input_error() -> None:
    with pytest.raises(InputError, match="empty"):
        temperature_rates({}, 0.3)


def test_alpha_above_one_gives_large_languages_more_than_their_share() -> None:
    assert temperature_rates({"en": 3, "yo": 1}, 2) == pytest.approx({"en": 0.9, "yo": 0.1})


@pytest.mark.parametrize("bad", [-0.1, math.inf, math.nan])
def test_alpha_out_of_range(bad: float) -> None:
    with pytest.raises(InputError, match="alpha"):
        temperature_rates({"en": 1}, bad)


@pytest.mark.parametrize("bad", [0, 0.5, -1, math.nan])
def test_temperature_out_of_range(bad: float) -> None:
    with pytest.raises(InputError, match="temperature"):
        alpha_of_temperature(bad)


@pytest.mark.parametrize(
    ("budget", "max_epochs", "named"),
    [(0, 1, "budget"), (math.nan, 1, "budget"), (1, 0, "max_epochs"), (1, -1, "max_epochs")],
)
def test_unimax_out_of_range(budget: float, max_epochs: float, named: str) -> None:
    with pytest.raises(InputError, match=named):
        unimax_allotments({"en": 1}, budget, max_epochs)
