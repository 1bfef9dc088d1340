"""Dates in the forms that crawls and their exports have, as one moment that can be compared.

ISO 8601, RFC 822 and what else `dateutil` reads; digits alone (`2024`, `20240518015810`); seconds,
milliseconds, microseconds or nanoseconds since 1970. A date without a zone is in UTC.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

_LONGEST = 64  # characters of a date
_OLDEST_YEAR, _LATEST_YEAR = 1000, 2200
_DIGITS = re.compile(r"(\d{4,20})(?:\.\d*)?", re.ASCII)
_DATES = {4: "%Y", 6: "%Y%m", 8: "%Y%m%d", 14: "%Y%m%d%H%M%S"}
"""Forms of dates that are digits alone, by their number; of 17 the last three are a fraction."""
_EPOCHS = ((11, 1), (14, 10**3), (17, 10**6), (20, 10**9))
"""Most digits of a time since 1970, and its units in a second."""
_SHORTEST_EPOCH = 9  # digits
_HOURS = {"EDT": -4, "EST": -5, "CDT": -5, "CST": -6, "MDT": -6, "MST": -7, "PDT": -7, "PST": -8}
"""Zones of RFC 822, section 5.1."""


def moment(value: object) -> datetime | None:
    """The date of a string or number, in UTC; None for what is no date."""
    if isinstance(value, str):
        return _of_text(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return _of_text(str(int(value))) if 0 <= value < 10**20 else None  # NaN is neither


def date_number(timestamp: str) -> int:
    """20240518015810 for 2024-05-18T01:58:10Z; 0 for what is no date."""
    date = moment(timestamp)
    if not date:
        return 0
    day = (date.year * 100 + date.month) * 100 + date.day
    return ((day * 100 + date.hour) * 100 + date.minute) * 100 + date.second


@lru_cache(maxsize=1024)  # a page's date is asked for twice
def _of_text(text: str) -> datetime | None:
    text = text.strip()
    if len(text) > _LONGEST:
        return None
    try:
        digits = _DIGITS.fullmatch(text)
        date = _of_digits(digits[1]) if digits else _of_words(text)
        date = date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
    except (ValueError, ArithmeticError):
        return None
    return date if _OLDEST_YEAR <= date.year < _LATEST_YEAR else None


def _of_digits(digits: str) -> datetime:
    """Raises ValueError for digits that are no date."""
    date = digits[:14] if len(digits) == 17 else digits
    if form := _DATES.get(len(date)):
        try:
            return datetime.strptime(date, form)
        except ValueError:
            pass  # a time since 1970 then
    if len(digits) < _SHORTEST_EPOCH:
        raise ValueError(digits)
    unit = next(unit for most, unit in _EPOCHS if len(digits) <= most)
    return datetime.fromtimestamp(int(digits) // unit, UTC)


def _of_words(text: str) -> datetime:
    """Raises ValueError or ArithmeticError for a text that is no date."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        from dateutil import parser  # here: most inputs need none

        text = text.replace(":60", ":59")  # a leap second
        unknown = datetime(1, 1, 1)  # a date without a year is none
        return parser.parse(text, default=unknown, dayfirst="." in text, tzinfos=_zone)


def _zone(name: str | None, seconds: int | None) -> timezone:
    """The zone that a date names, by its distance from UTC where it gives one."""
    if seconds is None:
        seconds = 3600 * _HOURS.get(name or "", 0)
    return timezone(timedelta(seconds=seconds))
