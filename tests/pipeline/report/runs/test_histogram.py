from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluate.report import Reach
from pipeline.report.runs.histogram import Histogram, edges, histogram


def reached(values: list[float | None]) -> dict[str, Reach]:
    return {
        str(index): Reach("not_reached" if value is None else "reached", 1.0, value, None, None)
        for index, value in enumerate(values)
    }


def alone(values: list[float | None]) -> Histogram:
    return histogram(reached(values), edges([reached(values)]))


def test_counts_by_hand() -> None:
    found = alone([1.0, 1.05, 1.15, 2.05, None])
    assert found.edges[:3] == [1.0, 1.1, 1.2]
    assert found.counts[:2] == [2, 1]
    assert found.counts[-1] == 1
    assert found.languages[0] == ["0", "1"]
    assert found.not_reached == ["4"]


def test_models_share_their_bins() -> None:
    models = [reached([0.5]), reached([2.0])]
    assert edges(models)[0] == 0.5
    assert histogram(models[1], edges(models)).languages[-1] == ["0"]


@given(st.lists(st.floats(0.01, 1000), max_size=30))
def test_every_language_is_in_its_bin(values: list[float]) -> None:
    found = alone(list(values))
    assert sum(found.counts) == len(values)
    assert 1.0 in found.edges
    assert len(found.counts) <= 40
    bins = zip(found.edges, found.edges[1:], found.counts, strict=False)
    for low, high, number in bins:
        assert number == sum(low <= value < high for value in values)
