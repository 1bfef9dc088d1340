"""The few pieces of SVG that the page's figures are made of.

Colours, fonts and line widths are classes of the page's style sheet, so that a figure follows
light, dark and print.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Scale:
    """A linear way from data to pixels."""

    low: float
    high: float
    start: float  # pixel of `low`
    end: float  # pixel of `high`

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round values inside low to high, 1, 2 or 5 times a power of ten apart; at most `most` + 1."""
    if high <= low:
        return [low]
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * unit for unit in (1, 2, 5, 10) if power * unit >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(number * step, 10) for number in range(first, last + 1)]


def padded(values: Sequence[float], share: float = 0.06) -> tuple[float, float]:
    """The range of values with some room at both ends."""
    low, high = min(values), max(values)
    room = (high - low) * share or abs(high) * share or 1.0
    return low - room, high + room


def tag(name: str, content: str = "", **attributes: object) -> str:
    """One element; `class_` is the class, `data_tip` becomes data-tip; numbers are rounded."""
    parts = [
        f'{key.rstrip("_").replace("_", "-")}="{_attribute(value)}"'
        for key, value in attributes.items()
    ]
    opening = " ".join([name, *parts])
    return f"<{opening}>{content}</{name}>" if content else f"<{opening}/>"


def text(x: float, y: float, content: str, class_: str = "", **attributes: object) -> str:
    """A label; the content is escaped."""
    return tag("text", escape(content), x=x, y=y, class_=class_, **attributes)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> str:
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def path(points: Sequence[tuple[float, float]], class_: str) -> str:
    """A line through pixels."""
    steps = " ".join(f"{_rounded(x)},{_rounded(y)}" for x, y in points)
    return tag("polyline", points=steps, class_=class_)


def figure(width: float, height: float, label: str, *content: str, class_: str = "figure") -> str:
    """A whole drawing; `label` says for a screen reader what it shows."""
    return tag(
        "svg",
        "".join(content),
        class_=class_,
        viewBox=f"0 0 {_rounded(width)} {_rounded(height)}",
        role="img",
        aria_label=label,
    )


def axis_left(scale: Scale, left: float, right: float, title: str, most: int = 5) -> str:
    """Quiet grid lines with their values, and the title above the axis."""
    parts = [text(left - 34, scale.end - 12, title, "axis-title")]
    values = ticks(scale.low, scale.high, most)
    digits = max(len(f"{value:g}".partition(".")[2]) for value in values)
    for value in values:
        label = f"{value:.{digits}f}".replace("-", "−")
        parts.append(line(left, scale(value), right, scale(value), "grid"))
        parts.append(text(left - 6, scale(value) + 4, label, "tick end"))
    return "".join(parts)


def _attribute(value: object) -> str:
    return _rounded(value) if isinstance(value, float) else escape(str(value))


def _rounded(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
