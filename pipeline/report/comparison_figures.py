"""The figures of a comparison: quality against parameters, and the mean learning curves."""

import math
from typing import Any

from pipeline.report import svg
from pipeline.report.text import quality, short

COLOURS = 8  # of models in the style sheet; then they come again
_WIDTH, _LEFT, _TOP, _HEIGHT = 520.0, 44.0, 30.0, 250.0


def quality_against_parameters(report: dict[str, Any]) -> str:
    """Figure 4: mean quality at the end over all parameters, on a logarithmic axis."""
    models = list(report["models"].values())
    values = [one["quality"]["neg_log_perplexity"] for one in models]
    up = svg.Scale(*svg.padded(values, 0.12), _TOP + _HEIGHT, _TOP)
    sizes = [math.log10(one["parameters"]) for one in models]
    across = svg.Scale(*svg.padded(sizes, 0.08), _LEFT, _WIDTH - 10)
    dots = [
        _dot(number, one, across(size), up(value))
        for number, (one, size, value) in enumerate(zip(models, sizes, values, strict=True))
    ]
    axis = svg.axis_left(up, _LEFT, _WIDTH - 10, "neg. log perplexity at the end")
    label = "Quality at the end against the number of parameters"
    bottom = _parameter_axis(across, up.start)
    return svg.figure(_WIDTH, up.start + 46, label, axis, bottom, *dots)


def _dot(number: int, entry: dict[str, Any], x: float, y: float) -> str:
    value = entry["quality"]["neg_log_perplexity"]
    tip = f"{entry['name']}\n{short(entry['parameters'])} parameters\n{quality(value)}"
    experts = f"{entry['experts']}e" if entry["experts"] else "dense"
    return svg.tag(
        "circle", cx=x, cy=y, r=5.0, class_=f"model-{number % COLOURS}", data_tip=tip
    ) + svg.text(x, y - 9, experts, "tick middle")  # fmt: skip


def _parameter_axis(across: svg.Scale, y: float) -> str:
    parts = [svg.line(across.start, y, across.end, y, "axis")]
    for size in _round_sizes(across.low, across.high):
        parts.append(svg.text(across(math.log10(size)), y + 17, short(size), "tick middle"))
    middle = (across.start + across.end) / 2
    return "".join(parts) + svg.text(middle, y + 40, "parameters", "axis-title middle")


def _round_sizes(low: float, high: float) -> list[float]:
    """Round numbers between two powers of ten: the more of each decade, the fewer decades."""
    units = (1, 1.5, 2, 3, 5, 7) if high - low < 1 else (1, 2, 5) if high - low < 3 else (1,)
    decades = range(math.floor(low), math.ceil(high) + 1)
    every = [unit * 10.0**decade for decade in decades for unit in units]
    return [size for size in every if low <= math.log10(size) <= high]


def mean_curves(report: dict[str, Any], unit: str, title: str) -> str:
    """The mean learning curve of every model over what was spent in `unit`."""
    curves = [one["curve"] for one in report["models"].values()]
    values = [value for curve in curves for value in curve["neg_log_perplexity"]]
    up = svg.Scale(*svg.padded(values), _TOP + _HEIGHT, _TOP)
    most = max(spent for curve in curves for spent in curve[unit]) or 1
    across = svg.Scale(0, most, _LEFT, _WIDTH - 10)
    target = up(min(max(report["target_quality"], up.low), up.high))
    parts = [
        svg.axis_left(up, _LEFT, _WIDTH - 10, "neg. log perplexity, mean over languages"),
        svg.line(_LEFT, target, _WIDTH - 10, target, "target"),
        *(
            svg.text(across(value), up.start + 17, short(value), "tick middle")
            for value in svg.ticks(0, most, most=5)
        ),
        svg.text((_LEFT + _WIDTH) / 2, up.start + 40, title, "axis-title middle"),
        *(_line(number, curve, unit, across, up) for number, curve in enumerate(curves)),
    ]
    label = f"Mean learning curves of all models over {title}"
    return svg.figure(_WIDTH, up.start + 46, label, *parts)


def _line(
    number: int, curve: dict[str, list[float]], unit: str, across: svg.Scale, up: svg.Scale
) -> str:
    points = zip(curve[unit], curve["neg_log_perplexity"], strict=True)
    return svg.path([(across(x), up(y)) for x, y in points], f"curve line-{number % COLOURS}")
