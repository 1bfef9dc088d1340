"""Beam's DaskRunner, made fit for a job of many steps. Imported only where it is asked for.

What DaskRunner does wrong the graph avoids (`graph.py`). What is put right here: in Beam 2.77 every
Flatten adds up the partitions of its inputs, and shuffling n partitions takes n^1.5 to n^2 tasks,
so that nine input files take minutes of scheduling. Here every shuffle first brings them back to
`--dask_npartitions`, and the connection is closed at the end.
"""

from typing import Any

import dask.bag
from apache_beam.runners.dask import dask_runner, overrides, transform_evaluator
from apache_beam.runners.runner import PipelineResult

PARTITIONS = 16  # where the command line says nothing


class DaskRunner(dask_runner.DaskRunner):
    """Runs a pipeline to its end on a Dask cluster, or on one of its own on this machine."""

    def run_pipeline(self, pipeline: Any, options: Any) -> PipelineResult:
        """Errors of steps pass up as they are."""
        chosen = options.view_as(dask_runner.DaskOptions)
        if not chosen.npartitions and not chosen.partition_size:
            chosen.npartitions = PARTITIONS
        result = super().run_pipeline(pipeline, options)
        try:
            return PipelineResult(result.wait_until_finish())
        finally:
            result.client.close()


class _GroupByKey(transform_evaluator.GroupByKey):
    def apply(self, input_bag: dask.bag.Bag, side_inputs: Any = None) -> dask.bag.Bag:
        most = self.bag_kwargs.get("npartitions") or PARTITIONS
        if input_bag.npartitions > most:
            input_bag = input_bag.repartition(npartitions=most)
        return super().apply(input_bag, side_inputs)


transform_evaluator.TRANSLATIONS[overrides._GroupByKeyOnly] = _GroupByKey
