"""Numbers and states as the reader sees them, the same in every format."""

from typing import Protocol

LABELS = {"baseline": "dense", "model": "Switch"}
NOTHING = "–"
CLOCKS = {"processor": "processor time", "wall": "wall clock"}


class Speedup(Protocol):
    """How much sooner a curve is at some quality."""

    @property
    def status(self) -> str: ...

    def speedup(self, unit: str) -> float | None: ...


def label(name: str) -> str:
    """A model's name; in the report of two runs the name of the side."""
    return LABELS.get(name, name)


def clock(name: str | None) -> str:
    """What the times of a report are: processor time, wall clock, or that none compare."""
    return CLOCKS[name] if name else "no times that compare"


def times(value: float | None) -> str:
    """A ratio: 1.42×."""
    return NOTHING if value is None else f"{value:.2f}×"


def percent(share: float | None) -> str:
    """A share of 0 to 1: 91 %; with one digit where rounding would hide that it is not all."""
    if share is None:
        return NOTHING
    whole = f"{100 * share:.0f}"
    if (whole, share) in (("100", 1.0), ("0", 0.0)) or whole not in ("100", "0"):
        return f"{whole} %"
    return f"{100 * share:.1f} %"


def quality(value: float | None) -> str:
    """Negative log perplexity or bits per byte, with a true minus sign."""
    return NOTHING if value is None else _minus(f"{value:.3f}")


def perplexity(value: float) -> str:
    """Perplexity: 12.3, 103, 1.20 M; two digits behind the point under 10."""
    digits = 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:.{digits}f}" if value < 10_000 else short(value)


def signed(value: float) -> str:
    """A difference: +0.052, −0.010, 0.000."""
    return _minus(f"{value:+.3f}") if round(value, 3) else "0.000"


def count(value: float | None) -> str:
    """A count with thousands kept apart by thin spaces: 1 320 448."""
    return NOTHING if value is None else f"{value:,.0f}".replace(",", "\u202f")


def short(value: float | None) -> str:
    """A large count in few letters: 2.15 M, 160 k."""
    if value is None:
        return NOTHING
    for size, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g} {letter}"
    return f"{value:.3g}"


def duration(seconds: float | None) -> str:
    """A time: 12.3 s, 4 min 10 s, 3 h 05 min."""
    if seconds is None:
        return NOTHING
    if seconds < 100:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def speedup(reach: Speedup, unit: str) -> str:
    """The speed-up of a curve in `unit` ("step", "flop", "time"), or why there is none."""
    if reach.status == "not_reached":
        return "not reached"
    if reach.status == "at_start":
        return "from step 0"
    bound = "≥ " if reach.status == "by_first_validation" else ""
    return bound + times(reach.speedup(unit))


def _minus(text: str) -> str:
    return text.replace("-", "−")
