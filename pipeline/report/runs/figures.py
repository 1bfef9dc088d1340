"""The figures of a report as SVG text: the paper's Figures 4, 7 and 8."""

import math
from collections.abc import Sequence

from pipeline.evaluate.report import MODEL, LanguageEntry, ModelEntry, Report, Values
from pipeline.report.runs.curves import evenly
from pipeline.report.runs.histogram import Histogram, histograms
from pipeline.show import svg
from pipeline.show.numbers import label, percent, quality, short, signed, times

COLOURS = 8  # of models in the style sheet; then they come again
_SPARK_POINTS = 16
_NAMED = 24  # languages that a bar names
_WIDTH, _LEFT, _TOP, _HEIGHT = 520.0, 44.0, 30.0, 250.0
_COLUMN, _FULL_WIDTH = 11.0, 1100.0  # of the figure with a column a language
_ROW, _APART = 92.0, 76.0  # height of a model's histogram; room for the languages not reached


def quality_against_parameters(report: Report) -> str:
    """Figure 4: mean quality at the end over all parameters, on a logarithmic axis."""
    models = list(report.models.values())
    values = [model.quality.neg_log_perplexity for model in models]
    up = svg.Scale(*svg.padded(values, 0.12), _TOP + _HEIGHT, _TOP)
    sizes = [math.log10(model.parameters or 1) for model in models]
    across = svg.Scale(*svg.padded(sizes, 0.08), _LEFT, _WIDTH - 10)
    dots: list[str] = []
    labelled: list[tuple[float, float]] = []
    for number, (model, size, value) in enumerate(zip(models, sizes, values, strict=True)):
        x, y = across(size), up(value)
        dots.append(_dot(number, model, x, y))
        if all(abs(x - left) > 40 or abs(y - above) > 22 for left, above in labelled):
            dots.append(svg.text(x, y - 9, _experts(model), "tick middle"))
            labelled.append((x, y))
    axis = svg.axis_left(up, _LEFT, _WIDTH - 10, "neg. log perplexity at the end")
    title = "Quality at the end against the number of parameters"
    bottom = _parameter_axis(across, up.start)
    return svg.figure(_WIDTH, up.start + 46, title, axis, bottom, *dots)


def _dot(number: int, entry: ModelEntry, x: float, y: float) -> str:
    value = entry.quality.neg_log_perplexity
    tip = f"{entry.name}\n{short(entry.parameters)} parameters\n{quality(value)}"
    return svg.tag("circle", cx=x, cy=y, r=5.0, class_=f"model-{number % COLOURS}", data_tip=tip)


def _experts(entry: ModelEntry) -> str:
    return f"{entry.experts}e" if entry.experts else "dense"


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


def quality_per_language(report: Report) -> str:
    """Figure 7: every model at its end, a column a language, hardest first; below it the gains."""
    languages = by_hardness(report)
    every = [values for _, entry in languages for values in entry.models.values()]
    gains = [values.against.gain for values in every if values.against]
    column = max(_COLUMN, _FULL_WIDTH / len(languages))
    right = _LEFT + column * len(languages)
    qualities = [values.quality.neg_log_perplexity for values in every]
    up = svg.Scale(*svg.padded(qualities), _TOP + _HEIGHT, _TOP)
    gain_end = up.start + (130 if report.two_runs else 150)
    gain_up = svg.Scale(*svg.padded([*gains, 0.0]), gain_end, up.start + 40)
    marks = _stem_and_bar if report.two_runs else _dots
    columns = []
    for index, (code, entry) in enumerate(languages):
        x = _LEFT + column * (index + 0.5)
        tip = _language_tip(code, entry, " " if report.two_runs else ": ")
        columns.append(_language_column(code, tip, x, up, gain_up, marks(entry, x, up, gain_up)))
    gain_title = "gain of Switch" if report.two_runs else f"gain over {report.baseline}"
    axes = svg.axis_left(up, _LEFT, right, "neg. log perplexity at the end")
    axes += svg.axis_left(gain_up, _LEFT, right, gain_title, most=3)
    axes += svg.line(_LEFT, gain_up(0), right, gain_up(0), "axis")
    title = "Final negative log perplexity of every model for every language, and the gains"
    return svg.figure(right + 4, gain_up.start + 44, title, axes, *columns)


def by_hardness(report: Report) -> list[tuple[str, LanguageEntry]]:
    """Languages in the order of the paper's Figure 7: from hard to easy for the baseline."""

    def key(item: tuple[str, LanguageEntry]) -> float:
        return item[1].models[report.baseline].quality.neg_log_perplexity

    return sorted(report.languages.items(), key=key)


def _language_column(
    code: str, tip: str, x: float, up: svg.Scale, gain_up: svg.Scale, marks: list[str]
) -> str:
    bottom = gain_up.start
    area = svg.tag(
        "rect", x=x - 5.5, y=up.end, width=11.0, height=bottom + 40 - up.end, class_="hover"
    )
    name = svg.text(
        *(0, 0, code, "code end"),
        transform=f"translate({x + 3:.1f} {bottom + 10:.1f}) rotate(-90)",
    )
    parts = "".join([area, *marks, name])
    return svg.tag("g", parts, class_="column", data_tip=tip)


def _stem_and_bar(entry: LanguageEntry, x: float, up: svg.Scale, gain_up: svg.Scale) -> list[str]:
    """Two runs: both ends with a stem between them, and the gain as a bar."""
    first, model = entry.models.values()
    dense, switch = (up(values.quality.neg_log_perplexity) for values in (first, model))
    zero, gain = gain_up(0), gain_up(model.gain.gain)
    state = "worse" if model.gain.gain < 0 else "switch"
    return [
        svg.line(x, dense, x, switch, f"stem {state}"),
        svg.tag("circle", cx=x, cy=dense, r=2.6, class_="dot dense"),
        svg.tag("circle", cx=x, cy=switch, r=3.2, class_=f"dot {state}"),
        svg.tag("rect", x=x - 3.5, y=min(zero, gain), width=7.0, height=abs(zero - gain),
                class_=f"bar {state}"),
    ]  # fmt: skip


def _dots(entry: LanguageEntry, x: float, up: svg.Scale, gain_up: svg.Scale) -> list[str]:
    """Many models: a dot each at its end, and at its gain."""
    first, *others = entry.models.values()
    y = up(first.quality.neg_log_perplexity)
    parts = [svg.tag("circle", cx=x, cy=y, r=2.6, class_="dot dense")]
    for number, values in enumerate(others, start=1):
        colour = f"model-{number % COLOURS}"
        for y in (up(values.quality.neg_log_perplexity), gain_up(values.gain.gain)):
            parts.append(svg.tag("circle", cx=x, cy=y, r=2.8, class_=colour))
    return parts


def _language_tip(code: str, entry: LanguageEntry, colon: str) -> str:
    lines = [f"{entry.name} ({code})"]
    for name, values in entry.models.items():
        gain = f" ({signed(values.against.gain)})" if values.against else ""
        lines.append(f"{label(name)}{colon}{quality(values.quality.neg_log_perplexity)}{gain}")
    return "\n".join(lines)


def step_speedups(report: Report) -> str:
    """Figure 8: how many languages have which step speed-up; a row a model on one axis."""
    return _histogram(report) if report.two_runs else _histogram_rows(report)


def _histogram(report: Report) -> str:
    """Two runs: languages not reached are apart, on the left."""
    found = histograms(report)[MODEL]
    apart = 70.0 if found.not_reached else 0.0
    across = svg.Scale(found.edges[0], found.edges[-1], _LEFT + apart + 8, _WIDTH - 10)
    most = max([*found.counts, len(found.not_reached), 1])
    up = svg.Scale(0, most * 1.12, _TOP + _HEIGHT, _TOP)
    bars = [
        bar(codes, across(low) + 0.75, across(high) - 0.75, up,
            "bar switch" if low >= 1 else "bar worse", f"{times(low)} to {times(high)}")
        for low, high, codes in zip(found.edges, found.edges[1:], found.languages, strict=False)
    ]  # fmt: skip
    parts = [
        svg.axis_left(up, _LEFT, _WIDTH - 10, "languages", most=min(5, math.floor(up.high))),
        *bars,
        bar(found.not_reached, _LEFT + 8, _LEFT + apart - 8, up, "bar worse", "not reached"),
        svg.line(across.start, up.start, across.end, up.start, "axis"),
        speedup_axis(across, up.start, "not reached" if apart else ""),
        mean_line(report.models[MODEL].against.summary.mean_step_speedup, across, up),
    ]
    title = "Histogram of the step speed-up over languages"
    return svg.figure(_WIDTH, _TOP + _HEIGHT + 50, title, *parts, class_="figure histogram")


def _histogram_rows(report: Report) -> str:
    by_model = histograms(report)
    every = [*by_model.values()]
    bins = every[0].edges
    apart = _APART if any(bars.not_reached for bars in every) else 0.0
    across = svg.Scale(bins[0], bins[-1], 4 + apart, _WIDTH - 10)
    highest = max([1, *(count for bars in every for count in bars.counts)]) * 1.2
    rows = []
    for number, (name, bars) in enumerate(by_model.items(), start=1):
        up = svg.Scale(0, highest, _ROW * number, _ROW * (number - 1) + 36)
        rows.append(_speedup_row(bars, report.models[name], number, across, up))
    bottom = _ROW * len(by_model)
    title = "Histograms of the step speed-up over languages, a row a model"
    axis = speedup_axis(across, bottom, "not reached" if apart else "")
    return svg.figure(_WIDTH, bottom + 50, title, *rows, axis, class_="figure histogram")


def _speedup_row(
    found: Histogram, model: ModelEntry, number: int, across: svg.Scale, up: svg.Scale
) -> str:
    name, colour = model.name, f"model-{number % COLOURS}"
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
    mean = model.against.summary.mean_step_speedup
    heading = svg.text(2, up.end - 18, name, f"series model-{number % COLOURS}")
    base = svg.line(across.start, up.start, across.end, up.start, "axis")
    return "".join([heading, *bars, base, mean_line(mean, across, up)])


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
    name = svg.text(beside, up.end + 4, f"mean {times(mean)}", f"mean-label {side}")
    return svg.line(x, up.end - 6, x, up.start, "mean") + name


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
    title = f"Share of tokens of each of {len(layer)} experts"
    return svg.figure(width, top + height + 6, title, *bars, even_line, even_label, base)


def trace(steps: Sequence[float], values: list[float | None], title: str) -> str:
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
