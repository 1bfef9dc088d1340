import pytest

from pipeline.show import numbers


@pytest.mark.parametrize(
    ("share", "shown"),
    [(1.0, "100 %"), (0.0, "0 %"), (0.915, "92 %"), (0.997, "99.7 %"), (0.004, "0.4 %")],
)
def test_percent_never_rounds_to_all_or_none(share: float, shown: str) -> None:
    assert numbers.percent(share) == shown


def test_minus_is_a_minus() -> None:
    assert (numbers.quality(-1.5), numbers.signed(-0.25), numbers.signed(0.25)) == (
        "−1.500",
        "−0.250",
        "+0.250",
    )
    assert numbers.signed(-0.0001) == "0.000"


def test_perplexity_keeps_three_digits() -> None:
    shown = [numbers.perplexity(value) for value in (1.234, 12.34, 123.4, 1.2e6)]
    assert shown == ["1.23", "12.3", "123", "1.2 M"]


def test_durations() -> None:
    shown = [numbers.duration(seconds) for seconds in (None, 1.234, 250, 59.9 * 60, 11_100)]
    assert shown == ["–", "1.23 s", "4 min 10 s", "59 min 54 s", "3 h 05 min"]


def test_counts() -> None:
    assert numbers.count(1320448) == "1\u202f320\u202f448"
    assert [numbers.short(value) for value in (950, 162605, 2154361, 3.08e9)] == [
        "950",
        "163 k",
        "2.15 M",
        "3.08 G",
    ]


@pytest.mark.parametrize(
    ("status", "value", "shown"),
    [
        ("reached", 1.5, "1.50×"),
        ("by_first_validation", 4.0, "≥ 4.00×"),
        ("not_reached", None, "not reached"),
        ("at_start", None, "from step 0"),
    ],
)
def test_speedup(status: str, value: float | None, shown: str) -> None:
    class Reach:
        def __init__(self) -> None:
            self.status = status

        def speedup(self, unit: str) -> float | None:
            return value if unit == "step" else None

    assert numbers.speedup(Reach(), "step") == shown
