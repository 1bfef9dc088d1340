"""Beam metrics of the corpus job: what it handled goes to statistics.json, how long to timing.json.

Counters and distributions depend on the input and the settings alone, also when a killed job is run
again; only those whose names end in TIMES differ from run to run. Beam counts attempts: a bundle
that a cluster tries twice counts twice.
"""

from typing import Any

from apache_beam.metrics import Metrics, MetricsFilter
from apache_beam.runners.runner import PipelineResult

TIMES = ("_seconds", "_by_earlier_run")
_NAMESPACE = "mswitch.corpus"


def count(name: str, amount: int) -> None:
    """Add to a counter; call it in a DoFn."""
    Metrics.counter(_NAMESPACE, name).inc(amount)


def observe(name: str, value: int) -> None:
    """Add a value to a distribution; call it in a DoFn."""
    Metrics.distribution(_NAMESPACE, name).update(value)


def read(result: PipelineResult) -> dict[str, dict[str, Any]]:
    """All metrics of a finished pipeline: `counters` and `distributions` by name, sorted."""
    found = result.metrics().query(MetricsFilter().with_namespace(_NAMESPACE))
    counters = {each.key.metric.name: each.result for each in found["counters"]}
    distributions = {
        each.key.metric.name: {
            "count": each.result.count,
            "sum": each.result.sum,
            "min": each.result.min,
            "max": each.result.max,
        }
        for each in found["distributions"]
    }
    return {
        "counters": dict(sorted(counters.items())),
        "distributions": dict(sorted(distributions.items())),
    }


def split(metrics: dict[str, dict[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The metrics that depend on the input alone, and those of this very run."""
    same: dict[str, Any] = {}
    own: dict[str, Any] = {}
    for kind, values in metrics.items():
        same[kind] = {name: v for name, v in values.items() if not name.endswith(TIMES)}
        own[kind] = {name: v for name, v in values.items() if name.endswith(TIMES)}
    return same, own
