"""The routers of a sparse run over its validations: mean gates, and shares of changed experts."""

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.evaluate.runs.metrics import Run


@dataclass(frozen=True)
class RouterCourse:
    """One router at each validation of a run; None where it was not told."""

    router: str  # "encoder 2"
    mean_gate: list[float | None]
    changed_share: list[float | None]  # of the tokens, whose expert is not the last validation's


@dataclass(frozen=True)
class RoutingCourse:
    """The routers of a sparse run at its validations."""

    experts: int | None
    steps: list[float]
    routers: list[RouterCourse]


def routing_course(runs: Mapping[str, Run]) -> dict[str, RoutingCourse]:
    """{name: course} of the runs that tell it: not of dense ones, nor of older metrics."""
    courses = {name: _of_run(run) for name, run in runs.items()}
    return {name: course for name, course in courses.items() if course.routers}


def _of_run(run: Run) -> RoutingCourse:
    told = [validation for validation in run.validations if validation.routers]
    names = dict.fromkeys(name for validation in told for name in validation.routers)
    experts = run.header.get("experts")
    states = {name: [validation.routers.get(name) for validation in told] for name in names}
    return RoutingCourse(
        experts=experts if isinstance(experts, int) else None,
        steps=[validation.cost.steps for validation in told],
        routers=[
            RouterCourse(
                router=name,
                mean_gate=[state.mean_gate if state else None for state in every],
                changed_share=[state.changed_share if state else None for state in every],
            )
            for name, every in states.items()
        ],
    )
