"""The learning curves of a report in one form, whether it is of two runs or of many models."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.evaluate.runs.metrics import Cost
from pipeline.evaluate.speedup import Point

Values = list[float | None]  # neg. log perplexity at each validation; None: not validated
_UNITS = ("steps", "seconds", "flops")


@dataclass(frozen=True)
class Curves:
    """Curves of every language and model, and speed-ups of every model but the first.

    The first model is the baseline.
    """

    names: list[str]
    costs: list[Mapping[str, list[float]]]  # of each model: steps, seconds, flops of validations
    languages: dict[str, list[Values]]
    speedups: dict[str, list[Mapping[str, Any]]]  # `status`, `step_speedup` and so on
    mean: list[Values]
    mean_speedups: list[Mapping[str, Any]]

    def points(self, code: str, model: int) -> list[Point]:
        """One curve without its gaps."""
        costs = zip(*(self.costs[model][unit] for unit in _UNITS), strict=True)
        return [
            Point(Cost(*cost), value)
            for cost, value in zip(costs, self.languages[code][model], strict=True)
            if value is not None
        ]


def curves(report: dict[str, Any]) -> Curves:
    """The curves of a report of either kind."""
    return _of_models(report) if "models" in report else _of_pair(report)


def evenly(points: int, most: int) -> list[int]:
    """Evenly spaced places of at most so many of some points, the first and the last included."""
    if points <= most:
        return list(range(points))
    return [round(number * (points - 1) / (most - 1)) for number in range(most)]


def _of_pair(report: dict[str, Any]) -> Curves:
    sides = ("baseline", "model")
    languages = report["languages"]
    return Curves(
        names=[str(report["runs"][side]["architecture"]) for side in sides],
        costs=[report["validations"][side] for side in sides],
        languages={code: [one["curve"][side] for side in sides] for code, one in languages.items()},
        speedups={code: [one] for code, one in languages.items()},
        mean=[report["mean"]["curve"][side] for side in sides],
        mean_speedups=[report["mean"]],
    )


def _of_models(report: dict[str, Any]) -> Curves:
    models = report["models"]  # the baseline is the first
    by_model = {code: entry["models"] for code, entry in report["languages"].items()}
    others = list(models)[1:]
    return Curves(
        names=list(models),
        costs=[one["validations"] for one in models.values()],
        languages={code: [of[name]["curve"] for name in models] for code, of in by_model.items()},
        speedups={code: [of[name] for name in others] for code, of in by_model.items()},
        mean=[_mean(one) for one in models.values()],
        mean_speedups=[models[name]["against_baseline"]["mean_curve"] for name in others],
    )


def _mean(model: dict[str, Any]) -> Values:
    """The mean curve at every validation; None where that had not all languages."""
    curve = model["curve"]
    known = dict(zip(curve["steps"], curve["neg_log_perplexity"], strict=True))
    return [known.get(step) for step in model["validations"]["steps"]]
