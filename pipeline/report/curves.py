"""The learning curves of a report in one form, whether it is of two runs or of many models."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.evaluate.metrics import Cost
from pipeline.evaluate.speedup import Point

Values = list[float | None]  # neg. log perplexity at each validation; None: not validated


@dataclass(frozen=True)
class Curves:
    """Curves of every language and model, the baseline first."""

    names: list[str]
    costs: list[Mapping[str, list[float]]]  # of each model: steps, seconds, flops of validations
    languages: dict[str, list[Values]]  # of each model

    def points(self, code: str, model: int) -> list[Point]:
        """One curve without its gaps."""
        costs = zip(
            *(self.costs[model][unit] for unit in ("steps", "seconds", "flops")), strict=True
        )
        return [
            Point(Cost(*cost), value)
            for cost, value in zip(costs, self.languages[code][model], strict=True)
            if value is not None
        ]


def curves(report: dict[str, Any]) -> Curves:
    """The curves of a report of either kind."""
    return _of_models(report) if "models" in report else _of_pair(report)


def _of_pair(report: dict[str, Any]) -> Curves:
    sides = ("baseline", "model")
    return Curves(
        [str(report["runs"][side]["architecture"]) for side in sides],
        [report["validations"][side] for side in sides],
        {
            code: [entry["curve"][side] for side in sides]
            for code, entry in report["languages"].items()
        },
    )


def _of_models(report: dict[str, Any]) -> Curves:
    models = report["models"]  # the baseline is the first
    return Curves(
        list(models),
        [one["validations"] for one in models.values()],
        {
            code: [entry["models"][name]["curve"] for name in models]
            for code, entry in report["languages"].items()
        },
    )
