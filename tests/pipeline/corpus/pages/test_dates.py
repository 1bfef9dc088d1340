import calendar
import datetime
import email.utils
import math
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.corpus.pages.dates import date_number, moment

MAY = 20240518015810
SECONDS = calendar.timegm((2024, 5, 18, 1, 58, 10))
dates = st.datetimes(datetime.datetime(1974, 1, 1), datetime.datetime(2199, 12, 31))


@pytest.mark.parametrize(
    "text",
    [
        "2024-05-18T01:58:10Z",
        "2024-05-18T01:58:10.123456Z",
        "2024-05-18T01:58:10.123456789+00:00",
        "2024-05-18 01:58:10",
        "2024-05-18T10:58:10+09:00",
        "2024-05-17T18:58:10-0700",
        "20240518T015810Z",
        "20240518015810",
        "20240518015810123",
        " Sat, 18 May 2024 01:58:10 GMT ",
        "Fri, 17 May 2024 18:58:10 PDT",
        "18 May 2024 03:58:10 +0200",
        "Saturday, 18-May-24 01:58:10 GMT",
        "Sat May 18 01:58:10 2024",
        "2024-05-18 01:58:10 UTC",
        "05/18/2024 1:58:10 AM",
        "18.05.2024 01:58:10",
        f"{SECONDS}",
        f"{SECONDS}.5",
        f"{SECONDS}000",
        f"{SECONDS}000000",
        f"{SECONDS}000000000",
    ],
)
def test_one_moment_in_many_forms(text):
    assert date_number(text) == MAY


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2024", 20240101000000),
        ("2024-05", 20240501000000),
        ("202405", 20240501000000),
        ("2024-05-18", 20240518000000),
        ("20240518", 20240518000000),
        ("806911200000", 19950728060000),  # milliseconds
        ("12/31/2019", 20191231000000),
        ("05.06.2024", 20240605000000),
        ("2016-12-31T23:59:60Z", 20161231235959),  # a leap second
        ("0", 0),
        ("", 0),
        ("yesterday", 0),
        ("Saturday", 0),
        ("10:30", 0),
        ("2024-13-45T99:99:99Z", 0),
        ("20241399", 0),
        ("9" * 30, 0),
        ("May 2024" + " " * 99 + "x", 0),
    ],
)
def test_parts_of_dates_and_what_is_none(text, number):
    assert date_number(text) == number


@pytest.mark.parametrize("value", [SECONDS, SECONDS * 1000, SECONDS + 0.75, MAY, float(SECONDS)])
def test_numbers(value):
    assert moment(value) == datetime.datetime(2024, 5, 18, 1, 58, 10, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -5, 10**400, 7, True, None, [2024], {}, b"2024"]
)
def test_other_values_are_no_dates(value):
    assert moment(value) is None


@given(dates, st.integers(-14 * 60, 14 * 60))
def test_the_forms_agree_whatever_the_zone(date, minutes):
    zone = datetime.timezone(datetime.timedelta(minutes=minutes))
    aware = date.replace(tzinfo=datetime.UTC, microsecond=0)
    local = aware.astimezone(zone)
    seconds = calendar.timegm(aware.timetuple())
    expected = int(aware.strftime("%Y%m%d%H%M%S"))
    for text in (local.isoformat(), email.utils.format_datetime(local), str(seconds)):
        assert date_number(text) == expected
    assert moment(seconds) == moment(seconds * 1000) == aware


@given(st.text() | st.text("0123456789:-/., +ZTamp"))
def test_no_text_raises_or_warns(text):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert 0 <= date_number(text) < 22000000000000
