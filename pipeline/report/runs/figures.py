"""The figures of the HTML page, as SVG text."""

import math
from collections.abc import Sequence
from typing import Any

from pipeline.report.runs.curves import Values, evenly
from pipeline.report.runs.histogram import step_speedups
from pipeline.show import svg
from pipeline.show.numbers import percent, quality, signed, times

_SIDES = ("baseline", "model")
COLOURS = 8  # of models in the style sheet; then they come again
_SPARK_POINTS = 16
_NAMED = 24  # languages that a bar names
_COLUMN, _FULL_WIDTH = 11.0, 1100.0  # of the figure with a column a language


def by_baseline(report: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Languages in the order of the paper's Figure 7: from hard to easy for the baseline."""

    def key(item: tuple[str, dict[str, Any]]) -> float:
        return float(item[1]["baseline"]["neg_log_perplexity"])

    return sorted(report["languages"].items(), key=key)


def gain_per_language(report: dict[str, Any]) -> str:
    """Figure 7: neg. log perplexity of both at the end, a column a language; below it the gain."""
    languages = by_baseline(report)
    left, top = 44.0, 30.0
    column = max(_COLUMN, _FULL_WIDTH / len(languages))
    right = left + column * len(languages)
    values = [entry[side]["neg_log_perplexity"] for _, entry in languages for side in _SIDES]
    quality_scale = svg.Scale(*svg.padded(values), top + 250, top)
    gains = [entry["gain"] for _, entry in languages]
    gain_scale = svg.Scale(*svg.padded([*gains, 0.0]), top + 380, top + 290)
    columns = [
        _gain_column(code, entry, left + column * (index + 0.5), quality_scale, gain_scale)
        for index, (code, entry) in enumerate(languages)
    ]
    axes = svg.axis_left(quality_scale, left, right, "neg. log perplexity at the end")
    axes += svg.axis_left(gain_scale, left, right, "gain of Switch", most=3)
    axes += svg.line(left, gain_scale(0), right, gain_scale(0), "axis")
    label = "Final negative log perplexity of dense and Switch for every language, and the gain"
    return svg.figure(right + 4, gain_scale.start + 44, label, axes, *columns)


def _gain_column(
    code: str, entry: dict[str, Any], x: float, quality_scale: svg.Scale, gain_scale: svg.Scale
) -> str:
    dense, switch = (quality_scale(entry[side]["neg_log_perplexity"]) for side in _SIDES)
    zero, gain = gain_scale(0), gain_scale(entry["gain"])
    state = "worse" if entry["gain"] < 0 else "switch"
    bottom = gain_scale.start
    parts = [
        svg.tag("rect", x=x - 5.5, y=quality_scale.end, width=11.0,
                height=bottom + 40 - quality_scale.end, class_="hover"),
        svg.line(x, dense, x, switch, f"stem {state}"),
        svg.tag("circle", cx=x, cy=dense, r=2.6, class_="dot dense"),
        svg.tag("circle", cx=x, cy=switch, r=3.2, class_=f"dot {state}"),
        svg.tag("rect", x=x - 3.5, y=min(zero, gain), width=7.0, height=abs(zero - gain),
                class_=f"bar {state}"),
        svg.text(0, 0, code, "code end",
                 transform=f"translate({x + 3:.1f} {bottom + 10:.1f}) rotate(-90)"),
    ]  # fmt: skip
    return svg.tag("g", "".join(parts), class_="column", data_tip=_gain_tip(code, entry))


def _gain_tip(code: str, entry: dict[str, Any]) -> str:
    dense, switch = (quality(entry[side]["neg_log_perplexity"]) for side in _SIDES)
    return f"{entry['name']} ({code})\ndense {dense}\nSwitch {switch} ({signed(entry['gain'])})"


def speedup_histogram(report: dict[str, Any]) -> str:
    """Figure 8: how many languages have which step speed-up; not reached apart, on the left."""
    found = step_speedups(report)
    width, left, top, height = 520.0, 44.0, 30.0, 250.0
    apart = 70.0 if found.not_reached else 0.0
    across = svg.Scale(found.edges[0], found.edges[-1], left + apart + 8, width - 10)
    most = max([*found.counts, len(found.not_reached), 1])
    up = svg.Scale(0, most * 1.12, top + height, top)
    bars = [
        bar(codes, across(low) + 0.75, across(high) - 0.75, up,
            "bar switch" if low >= 1 else "bar worse", f"{times(low)} to {times(high)}")
        for low, high, codes in zip(found.edges, found.edges[1:], found.languages, strict=False)
    ]  # fmt: skip
    parts = [
        svg.axis_left(up, left, width - 10, "languages", most=min(5, math.floor(up.high))),
        *bars,
        bar(found.not_reached, left + 8, left + apart - 8, up, "bar worse", "not reached"),
        svg.line(across.start, up.start, across.end, up.start, "axis"),
        speedup_axis(across, up.start, "not reached" if apart else ""),
        mean_line(report["summary"]["mean_step_speedup"], across, up),
    ]
    label = "Histogram of the step speed-up over languages"
    return svg.figure(width, top + height + 50, label, *parts, class_="figure histogram")


def bar(codes: list[str], x: float, end: float, up: svg.Scale, class_: str, tip: str) -> str:
    """A bar as high as there are languages, which its tip names; none without a language."""
    if not codes:
        return ""
    return svg.tag(
        "rect", x=x, y=up(len(codes)), width=end - x, height=up.start - up(len(codes)),
        class_=class_, data_tip=f"{tip}: {named(codes)}",
    )  # fmt: skip


def named(codes: list[str]) -> str:
    """How many languages these are, and their codes as far as there is room."""
    some = ", ".join(codes[:_NAMED]) + (", …" if len(codes) > _NAMED else "")
    return f"{len(codes)} {'language' if len(codes) == 1 else 'languages'}\n{some}"


def speedup_axis(across: svg.Scale, y: float, apart: str = "") -> str:
    """The labels of an axis of speed-ups, and what the bar apart on its left stands for."""
    parts = [
        svg.text(across(value), y + 17, f"{value:g}×", "tick middle")
        for value in svg.ticks(across.low, across.high, most=7)
    ]
    for line, word in enumerate(apart.split()):
        parts.append(svg.text(across.start - 43, y + 17 + 16 * line, word, "tick middle"))
    middle = (across.start + across.end) / 2
    return "".join(parts) + svg.text(middle, y + 42, "step speed-up", "axis-title middle")


def mean_line(mean: float | None, across: svg.Scale, up: svg.Scale) -> str:
    """A mark at the mean with its value; nothing where there is none."""
    if mean is None:
        return ""
    x = across(mean)
    side = "end" if x > (across.start + across.end) / 2 else ""
    beside = x - 6 if side else x + 6
    label = svg.text(beside, up.end + 4, f"mean {times(mean)}", f"mean-label {side}")
    return svg.line(x, up.end - 6, x, up.start, "mean") + label


def sparkline(curves: Sequence[Values]) -> str:
    """The learning curves of a language, a model each, in the space of a word."""
    width, height = 84.0, 22.0
    thinned = [[curve[place] for place in evenly(len(curve), _SPARK_POINTS)] for curve in curves]
    known = [value for curve in thinned for value in curve if value is not None]
    scale = svg.Scale(*svg.padded(known), height - 1, 1)
    lines = [
        svg.path(_across(curve, width, scale), f"spark line-{number % COLOURS}")
        for number, curve in enumerate(thinned)
    ]
    return svg.figure(width, height, "learning curves", *lines, class_="sparkline")


def _across(values: Values, width: float, scale: svg.Scale) -> list[tuple[float, float]]:
    gaps = max(len(values) - 1, 1)
    return [
        (2 + (width - 4) * index / gaps, scale(value))
        for index, value in enumerate(values)
        if value is not None
    ]


def expert_load(layer: list[float], most: float) -> str:
    """Share of tokens of every expert of one sparse layer; the line is an even share."""
    width, left, top, height = 260.0, 44.0, 12.0, 90.0
    up = svg.Scale(0, most, top + height, top)
    room = (width - left - 4) / len(layer)
    even = 1 / len(layer)
    gap = min(1.0, room / 8)
    bars = [
        svg.tag("rect", x=left + room * index + gap, y=up(share), width=room - 2 * gap,
                height=up.start - up(share), class_="bar switch",
                data_tip=f"expert {index}\n{percent(share)} of tokens")
        for index, share in enumerate(layer)
    ]  # fmt: skip
    even_line = svg.line(left, up(even), width - 4, up(even), "even")
    even_label = svg.text(left - 6, up(even) + 4, f"1/{len(layer)}", "tick end")
    base = svg.line(left, up.start, width - 4, up.start, "axis")
    label = f"Share of tokens of each of {len(layer)} experts"
    return svg.figure(width, top + height + 6, label, *bars, even_line, even_label, base)


def trace(steps: list[float], values: list[float | None], title: str) -> str:
    """A curve of one quantity over the steps of training."""
    known = [(step, value) for step, value in zip(steps, values, strict=True) if value is not None]
    if not known:
        return ""
    width, left, top, height = 260.0, 44.0, 30.0, 90.0
    across = svg.Scale(0, max(known[-1][0], 1), left, width - 8)
    high = max(value for _, value in known)
    up = svg.Scale(0, high * 1.08 if high > 0 else 1, top + height, top)
    axis = svg.axis_left(up, left, width - 8, title)
    labels = [
        svg.text(across(step), up.start + 16, f"{step:g}", "tick middle")
        for step in svg.ticks(0, across.high, most=4)
    ]
    curve = svg.path([(across(step), up(value)) for step, value in known], "curve model")
    return svg.figure(width, top + height + 24, title, axis, *labels, curve)
