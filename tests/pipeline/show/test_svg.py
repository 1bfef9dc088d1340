import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.show import svg


def test_ticks_by_hand() -> None:
    assert svg.ticks(0, 10, most=5) == [0, 2, 4, 6, 8, 10]
    assert svg.ticks(-5.3, -3.9, most=4) == [-5.0, -4.5, -4.0]
    assert svg.ticks(3, 3) == [3]


@given(st.floats(-1000, 1000), st.floats(0.001, 1000))
def test_ticks_stay_inside_and_few(low: float, width: float) -> None:
    found = svg.ticks(low, low + width, most=6)
    slack = width * 1e-6 + 1e-9
    assert all(low - slack <= value <= low + width + slack for value in found)
    assert len(found) <= 7


def test_scale_may_run_upwards() -> None:
    scale = svg.Scale(0, 10, start=100, end=0)
    assert [scale(value) for value in (0, 5, 10)] == [100, 50, 0]


def test_content_is_escaped() -> None:
    assert svg.text(1, 2, "<b>&") == '<text x="1" y="2" class="">&lt;b&gt;&amp;</text>'
    assert 'data-tip="a&quot;b"' in svg.tag("rect", data_tip='a"b')


def test_padded_range_of_one_value_has_a_width() -> None:
    low, high = svg.padded([0.0])
    assert low < 0 < high
    assert svg.padded([2.0], share=0.5) == (pytest.approx(1.0), pytest.approx(3.0))
