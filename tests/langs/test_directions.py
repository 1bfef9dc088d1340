"""Directions and the patterns that choose among them."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langs.directions import Direction, between, parse, split
from langs.errors import InputError
from langs.registry import LANGUAGES

CODES = st.sampled_from(sorted(LANGUAGES))
TWO_CODES = st.lists(CODES, min_size=2, max_size=2, unique=True)
KNOWN = between(["en", "fr", "hi-Latn", "sw"])


@given(TWO_CODES)
def test_every_direction_is_split_into_the_codes_it_was_joined_from(codes: list[str]) -> None:
    assert split("-".join(codes)) == tuple(codes)
    assert str(split("-".join(codes))) == "-".join(codes)


def test_no_name_of_a_direction_can_be_read_in_two_ways() -> None:
    names = ["-".join(both) for both in itertools.permutations(LANGUAGES, 2)]
    assert len(set(names)) == len(names)


@given(st.lists(CODES, min_size=2, max_size=6, unique=True))
def test_patterns_choose_by_source_and_by_target(codes: list[str]) -> None:
    known = between(codes)
    first = codes[0]
    assert len(known) == len(codes) * (len(codes) - 1)
    assert parse("*-*", known) == known
    assert parse(f"{first}-*", known) == [d for d in known if d.source == first]
    assert parse(f"*-{first}", known) == [d for d in known if d.target == first]
    assert parse([f"{d.source}-{d.target}" for d in known], known) == known


def test_patterns_are_joined_by_commas_and_give_each_direction_once() -> None:
    assert parse("en-*, *-fr en-fr", KNOWN) == [
        ("en", "fr"), ("en", "hi-Latn"), ("en", "sw"), ("hi-Latn", "fr"), ("sw", "fr"),
    ]  # fmt: skip


def test_a_pair_is_named_in_the_order_of_codes() -> None:
    assert split("sw-fr").pair == Direction("fr", "sw")
    assert split("fr-sw").reverse == Direction("sw", "fr")


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("en-french", "unknown language code 'french': did you mean 'fr' (French)?"),
        ("hi-Latn-xx", "unknown language code 'xx'"),
        ("he-en", "unknown language code 'he': did you mean 'iw' (Hebrew)?"),
        ("enfr", "'enfr' is no direction; write one like en-fr, en-* or *-*"),
        ("en-", "unknown language code ''"),
        ("en-en", "direction 'en-en' goes from a language into itself; name two languages"),
        ("fr-de", "no direction fr-de in the data: did you mean"),
        ("ko-*", "no direction ko-* in the data: there are en-fr, en-hi-Latn"),
        (" , ", "no direction is named"),
    ],
)
def test_what_cannot_be_chosen_is_an_error_that_helps(pattern: str, words: str) -> None:
    with pytest.raises(InputError) as error:
        parse(pattern, KNOWN)
    assert words in str(error.value)


def test_a_direction_needs_two_languages() -> None:
    with pytest.raises(InputError, match="into itself"):
        split("fr-fr")
