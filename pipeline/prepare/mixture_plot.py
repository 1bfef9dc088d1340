"""The languages before and after sampling as one SVG: a line a language, shares on a log scale."""

import math
from collections.abc import Sequence
from typing import Protocol

from pipeline.show.svg import Scale, line, tag, text

_LEFT, _RIGHT, _WIDTH = 190, 90, 900  # pixels: names, epochs, all
_TOP, _STEP, _BOTTOM = 84, 15, 20
_LEAST = 1e-9  # share that is drawn: a large alpha leaves nothing of small languages
_ROOM = 0.1  # powers of ten at both ends
_STYLE = """
svg { font: 11px system-ui, sans-serif; background: #fff; color: #1f2328 }
text { fill: #1f2328 } .title { font-size: 15px; font-weight: 600 }
.soft { fill: #5d646d } .end { text-anchor: end } .middle { text-anchor: middle }
.grid { stroke: #e4e6e8 } .band { fill: #f6f7f8 }
.up { stroke: #0060a8 } .down { stroke: #c2410c } .up, .down { stroke-width: 2; opacity: .45 }
.before { fill: #fff; stroke: #7d8590; stroke-width: 1.5 } .after { fill: #0060a8 }
"""


class Language(Protocol):
    """The values of a language that are drawn (`mixture_table.Row`)."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def corpus_share(self) -> float: ...
    @property
    def training_share(self) -> float: ...
    @property
    def epochs(self) -> float: ...


def plot(title: str, languages: Sequence[Language]) -> str:
    """A whole SVG file, languages from top to bottom in the order given."""
    powers = [_power(x) for each in languages for x in (each.corpus_share, each.training_share)]
    low, high = min(powers) - _ROOM, max(powers) + _ROOM
    scale = Scale(low, high, _LEFT, _WIDTH - _RIGHT)
    height = _TOP + _STEP * len(languages) + _BOTTOM
    content = [tag("style", _STYLE), *_head(title), *_grid(scale, height)]
    for number, each in enumerate(languages):
        content += _language(each, scale, _TOP + _STEP * (number + 0.5), number % 2 == 0)
    return tag(
        "svg",
        "\n".join(content),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_WIDTH} {height}",
        width=_WIDTH,
        height=height,
        role="img",
        aria_label=title,
    )


def _power(share: float) -> float:
    return math.log10(max(share, _LEAST))


def _head(title: str) -> list[str]:
    return [
        text(12, 24, title, "title"),
        tag("circle", cx=18, cy=42, r=4, class_="before"),
        text(28, 46, "share of the corpus", "soft"),
        tag("circle", cx=158, cy=42, r=4, class_="after"),
        text(168, 46, "share after sampling", "soft"),
        text(_WIDTH - 12, _TOP - 8, "epochs", "soft end"),
    ]


def _grid(scale: Scale, height: float) -> list[str]:
    """Lines at round shares, with percentages: 1, 2 and 5, or 1 alone over many powers of ten."""
    parts = []
    digits = (1,) if scale.high - scale.low > 2.5 else (1, 2, 5)
    for power in range(math.floor(scale.low), math.ceil(scale.high)):
        for percent in (digit * 10.0 ** (power + 2) for digit in digits):
            if scale.low <= math.log10(percent / 100) <= scale.high:
                x = scale(math.log10(percent / 100))
                parts.append(line(x, _TOP - 4, x, height - _BOTTOM, "grid"))
                parts.append(text(x, _TOP - 8, f"{percent:.10g} %", "soft middle"))
    return parts


def _language(each: Language, scale: Scale, y: float, shaded: bool) -> list[str]:
    before, after = scale(_power(each.corpus_share)), scale(_power(each.training_share))
    tip = f"{each.name}: {each.corpus_share:.3%} of the corpus, {each.training_share:.3%} of the "
    tip += f"training, {each.epochs:,.2f} epochs"
    parts = [
        tag("title", tip),
        text(12, y + 4, each.code, "soft"),
        text(62, y + 4, each.name),
        line(before, y, after, y, "up" if after >= before else "down"),
        tag("circle", cx=before, cy=y, r=4.0, class_="before"),
        tag("circle", cx=after, cy=y, r=4.0, class_="after"),
        text(_WIDTH - 12, y + 4, f"{each.epochs:,.2f}", "end"),
    ]
    if shaded:
        top = y - _STEP / 2
        parts.insert(1, tag("rect", x=0, y=top, width=_WIDTH, height=_STEP, class_="band"))
    return [tag("g", "".join(parts))]
