"""The figures of a comparison, as SVG text: the paper's Figures 4, 7 and 8 for many models."""

import math
from typing import Any

from pipeline.report.runs.figures import COLOURS, bar, mean_line, named, speedup_axis
from pipeline.report.runs.histogram import Histogram, edges, histogram
from pipeline.show import svg
from pipeline.show.numbers import quality, short, signed, times

_WIDTH, _LEFT, _TOP, _HEIGHT = 520.0, 44.0, 30.0, 250.0
_COLUMN, _FULL_WIDTH = 11.0, 1100.0  # of the figure with a column a language
_ROW, _APART = 92.0, 76.0  # height of a model's histogram; room for the languages not reached


def quality_against_parameters(report: dict[str, Any]) -> str:
    """Figure 4: mean quality at the end over all parameters, on a logarithmic axis."""
    models = list(report["models"].values())
    values = [one["quality"]["neg_log_perplexity"] for one in models]
    up = svg.Scale(*svg.padded(values, 0.12), _TOP + _HEIGHT, _TOP)
    sizes = [math.log10(one["parameters"]) for one in models]
    across = svg.Scale(*svg.padded(sizes, 0.08), _LEFT, _WIDTH - 10)
    dots: list[str] = []
    labelled: list[tuple[float, float]] = []
    for number, (one, size, value) in enumerate(zip(models, sizes, values, strict=True)):
        x, y = across(size), up(value)
        dots.append(_dot(number, one, x, y))
        if all(abs(x - left) > 40 or abs(y - above) > 22 for left, above in labelled):
            dots.append(svg.text(x, y - 9, _experts(one), "tick middle"))
            labelled.append((x, y))
    axis = svg.axis_left(up, _LEFT, _WIDTH - 10, "neg. log perplexity at the end")
    label = "Quality at the end against the number of parameters"
    bottom = _parameter_axis(across, up.start)
    return svg.figure(_WIDTH, up.start + 46, label, axis, bottom, *dots)


def _dot(number: int, entry: dict[str, Any], x: float, y: float) -> str:
    value = entry["quality"]["neg_log_perplexity"]
    tip = f"{entry['name']}\n{short(entry['parameters'])} parameters\n{quality(value)}"
    return svg.tag("circle", cx=x, cy=y, r=5.0, class_=f"model-{number % COLOURS}", data_tip=tip)


def _experts(entry: dict[str, Any]) -> str:
    return f"{entry['experts']}e" if entry["experts"] else "dense"


def _parameter_axis(across: svg.Scale, y: float) -> str:
    parts = [svg.line(across.start, y, across.end, y, "axis")]
    for size in _round_sizes(across.low, across.high):
        parts.append(svg.text(across(math.log10(size)), y + 17, short(size), "tick middle"))
    middle = (across.start + across.end) / 2
    return "".join(parts) + svg.text(middle, y + 40, "parameters", "axis-title middle")


def _round_sizes(low: float, high: float) -> list[float]:
    """Round numbers between two powers of ten: the more decades, the fewer of each."""
    if high - low < 1:
        return svg.ticks(10**low, 10**high, most=4)
    units = (1, 2, 5) if high - low < 3 else (1,)
    decades = range(math.floor(low), math.ceil(high) + 1)
    every = [unit * 10.0**decade for decade in decades for unit in units]
    return [size for size in every if low <= math.log10(size) <= high]


def quality_per_language(report: dict[str, Any]) -> str:
    """Figure 7: every model at its end, a column a language, hardest first; below it the gains."""
    baseline, *others = report["models"]
    languages = by_hardness(report)
    values = [
        one["neg_log_perplexity"] for _, entry in languages for one in entry["models"].values()
    ]
    gains = [entry["models"][name]["gain"] for _, entry in languages for name in others]
    column = max(_COLUMN, _FULL_WIDTH / len(languages))
    right = _LEFT + column * len(languages)
    up = svg.Scale(*svg.padded(values), _TOP + _HEIGHT, _TOP)
    gain_up = svg.Scale(*svg.padded([*gains, 0.0]), up.start + 150, up.start + 40)
    columns = [
        _language_column(code, entry, _LEFT + column * (index + 0.5), up, gain_up)
        for index, (code, entry) in enumerate(languages)
    ]
    axes = svg.axis_left(up, _LEFT, right, "neg. log perplexity at the end")
    axes += svg.axis_left(gain_up, _LEFT, right, f"gain over {baseline}", most=3)
    axes += svg.line(_LEFT, gain_up(0), right, gain_up(0), "axis")
    label = "Final negative log perplexity of every model for every language, and the gains"
    return svg.figure(right + 4, gain_up.start + 44, label, axes, *columns)


def by_hardness(report: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Languages in the order of the paper's Figure 7: from hard to easy for the baseline."""
    baseline = report["baseline"]

    def key(item: tuple[str, dict[str, Any]]) -> float:
        return float(item[1]["models"][baseline]["neg_log_perplexity"])

    return sorted(report["languages"].items(), key=key)


def _language_column(
    code: str, entry: dict[str, Any], x: float, up: svg.Scale, gain_up: svg.Scale
) -> str:
    models = list(entry["models"].values())
    bottom = gain_up.start
    parts = [
        svg.tag("rect", x=x - 5.5, y=up.end, width=11.0, height=bottom + 40 - up.end,
                class_="hover"),
        svg.tag("circle", cx=x, cy=up(models[0]["neg_log_perplexity"]), r=2.6, class_="dot dense"),
        svg.text(0, 0, code, "code end",
                 transform=f"translate({x + 3:.1f} {bottom + 10:.1f}) rotate(-90)"),
    ]  # fmt: skip
    for number, one in enumerate(models[1:], start=1):
        colour = f"model-{number % COLOURS}"
        for y in (up(one["neg_log_perplexity"]), gain_up(one["gain"])):
            parts.append(svg.tag("circle", cx=x, cy=y, r=2.8, class_=colour))
    return svg.tag("g", "".join(parts), class_="column", data_tip=_language_tip(code, entry))


def _language_tip(code: str, entry: dict[str, Any]) -> str:
    lines = [f"{entry['name']} ({code})"]
    for name, one in entry["models"].items():
        gain = f" ({signed(one['gain'])})" if "gain" in one else ""
        lines.append(f"{name}: {quality(one['neg_log_perplexity'])}{gain}")
    return "\n".join(lines)


def step_speedups(report: dict[str, Any]) -> str:
    """Figure 8: how many languages have which step speed-up, a row a model on one axis."""
    bins, found = histograms(report)
    every = [*found.values()]
    apart = _APART if any(one.not_reached for one in every) else 0.0
    across = svg.Scale(bins[0], bins[-1], 4 + apart, _WIDTH - 10)
    highest = max([1, *(count for one in every for count in one.counts)]) * 1.2
    rows = []
    for number, (name, one) in enumerate(found.items(), start=1):
        up = svg.Scale(0, highest, _ROW * number, _ROW * (number - 1) + 36)
        rows.append(_speedup_row(one, report["models"][name], number, across, up))
    bottom = _ROW * len(found)
    label = "Histograms of the step speed-up over languages, a row a model"
    axis = speedup_axis(across, bottom, "not reached" if apart else "")
    return svg.figure(_WIDTH, bottom + 50, label, *rows, axis, class_="figure histogram")


def histograms(report: dict[str, Any]) -> tuple[list[float], dict[str, Histogram]]:
    """The bins that all models share, and the languages of each model but the baseline in them."""
    by_model = {
        name: {code: entry["models"][name] for code, entry in report["languages"].items()}
        for name in list(report["models"])[1:]
    }
    bins = edges(list(by_model.values()))
    return bins, {name: histogram(languages, bins) for name, languages in by_model.items()}


def _speedup_row(
    found: Histogram, model: dict[str, Any], number: int, across: svg.Scale, up: svg.Scale
) -> str:
    name, colour = model["name"], f"model-{number % COLOURS}"
    bars = [
        bar(codes, across(low) + 0.75, across(high) - 0.75, up, colour,
            f"{name}\n{times(low)} to {times(high)}")
        for low, high, codes in zip(found.edges, found.edges[1:], found.languages, strict=False)
    ]  # fmt: skip
    if found.not_reached:
        tip = f"{name}\nnot reached: {named(found.not_reached)}"
        number_apart = str(len(found.not_reached))
        bars.append(
            svg.text(across.start - 43, up.start - 8, number_apart, "apart middle", data_tip=tip)
        )
    mean = model["against_baseline"]["mean_step_speedup"]
    title = svg.text(2, up.end - 18, name, f"series model-{number % COLOURS}")
    base = svg.line(across.start, up.start, across.end, up.start, "axis")
    return "".join([title, *bars, base, mean_line(mean, across, up)])
