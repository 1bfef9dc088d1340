"""Metrics of the corpus job: what it handled goes to statistics.json, how long to timing.json.

Every value is told Beam, for its pages, and goes through the pipeline as a pair (kind, value) of
`graph.py`. For Beam counts attempts (what a cluster tries twice counts twice), and some runners
have no metrics; what goes through the pipeline counts once, on every runner. So the metrics depend
on the input and the settings alone, also when a killed job is run again; only those whose names end
in TIMES differ from run to run.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from apache_beam.metrics import Metrics

from pipeline.corpus.statistics.funnel import Key

TIMES = ("_seconds", "_by_earlier_run")
_NAMESPACE = "mswitch.corpus"
_COUNTER = "metric"  # first in the keys of counters, among the other counts

Distribution = tuple[int, int, int, int]
"""Number of values, their sum, the smallest and the largest."""


def count(name: str, amount: int) -> tuple[str, tuple[Key, int]]:
    """Add to a counter; call it in a step and yield what it returns."""
    Metrics.counter(_NAMESPACE, name).inc(amount)
    return "counts", ((_COUNTER, name), amount)


def observe(name: str, value: int) -> tuple[str, tuple[str, Distribution]]:
    """Add a value to a distribution; call it in a step and yield what it returns."""
    Metrics.distribution(_NAMESPACE, name).update(value)
    return "observed", (name, (1, value, value, value))


def merge(parts: Iterable[Sequence[int]]) -> Distribution:
    """The distribution of all values; of none it is all zeros."""
    filled = [part for part in parts if part[0]]
    if not filled:
        return 0, 0, 0, 0
    counts, sums, least, most = zip(*filled, strict=True)
    return sum(counts), sum(sums), min(least), max(most)


def by_name(counts: Iterable[Any], observed: Iterable[Any]) -> dict[str, dict[str, Any]]:
    """`counters` and `distributions` by name, sorted, from pairs that the pipeline summed up."""
    names = ("count", "sum", "min", "max")
    return {
        "counters": {key[1]: amount for key, amount in sorted(counts) if key[0] == _COUNTER},
        "distributions": {
            name: dict(zip(names, values, strict=True)) for name, values in sorted(observed)
        },
    }


def split(metrics: dict[str, dict[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The metrics that depend on the input alone, and those of this very run."""
    same: dict[str, Any] = {}
    own: dict[str, Any] = {}
    for kind, values in metrics.items():
        same[kind] = {name: v for name, v in values.items() if not name.endswith(TIMES)}
        own[kind] = {name: v for name, v in values.items() if name.endswith(TIMES)}
    return same, own
