"""Beam's DaskRunner, made fit for a job of many steps. Imported only where it is asked for.

What DaskRunner loses without a word the graph avoids (`graph.py`), and a pipeline that does not is
refused here. What is put right: in Beam 2.77 every Flatten adds up the partitions of its inputs,
and shuffling n partitions takes n^1.5 to n^2 tasks, so that nine input files take minutes of
scheduling. Here every shuffle first brings them back to `--dask_npartitions`, and the connection is
closed at the end.
"""

from typing import Any

import apache_beam as beam
import dask.bag
from apache_beam.pipeline import AppliedPTransform, PipelineVisitor
from apache_beam.runners.dask import dask_runner, overrides, transform_evaluator
from apache_beam.runners.runner import PipelineResult

from langs.errors import InputError

PARTITIONS = 16  # where the command line says nothing


class DaskRunner(dask_runner.DaskRunner):
    """Runs a pipeline to its end on a Dask cluster, or on one of its own on this machine."""

    def run_pipeline(self, pipeline: Any, options: Any) -> PipelineResult:
        """Errors of steps pass up. Raises NotImplementedError for what Dask would get wrong.

        Raises InputError if the cluster's scheduler does not answer.
        """
        refuse_unfit(pipeline)
        chosen = options.view_as(dask_runner.DaskOptions)
        if not chosen.npartitions and not chosen.partition_size:
            chosen.npartitions = PARTITIONS
        try:
            result = super().run_pipeline(pipeline, options)  # connects and hands the graph over
        except OSError as error:
            advice = "check --dask_client_address, and that dask scheduler runs there"
            raise InputError(f"no Dask cluster can be reached: {error}; {advice}") from error
        try:
            return PipelineResult(result.wait_until_finish())
        finally:
            result.client.close()


def refuse_unfit(pipeline: beam.Pipeline) -> None:
    """Raise NotImplementedError, with the step, for a pipeline that DaskRunner gets wrong."""
    visitor = _Unfit()
    pipeline.visit(visitor)
    ends = [step for output, step in visitor.outputs.items() if output not in visitor.consumed]
    if len(ends) > 1:
        visitor.faults.append(f"{', '.join(ends)}: all are last, and only one would be run")
    if visitor.faults:
        raise NotImplementedError(f"Dask would lose data: {'; '.join(visitor.faults)}")


class _Unfit(PipelineVisitor):
    def __init__(self) -> None:
        self.faults: list[str] = []
        self.outputs: dict[Any, str] = {}
        self.consumed: set[Any] = set()

    def visit_transform(self, node: AppliedPTransform) -> None:
        step, function = node.full_label, getattr(node.transform, "fn", None)
        if any(tag is not None for tag in node.outputs):
            self.faults.append(f"{step} has tagged outputs, each consumer would get all of them")
        if isinstance(function, beam.DoFn) and (
            type(function).finish_bundle is not beam.DoFn.finish_bundle
        ):
            self.faults.append(f"{step} has a finish_bundle, its output would be lost")
        self.outputs.update(dict.fromkeys(node.outputs.values(), step))
        self.consumed.update(node.inputs, (side.pvalue for side in node.side_inputs))


class _GroupByKey(transform_evaluator.GroupByKey):
    def apply(self, input_bag: dask.bag.Bag, side_inputs: Any = None) -> dask.bag.Bag:
        most = self.bag_kwargs.get("npartitions") or PARTITIONS
        if input_bag.npartitions > most:
            input_bag = input_bag.repartition(npartitions=most)
        return super().apply(input_bag, side_inputs)


transform_evaluator.TRANSLATIONS[overrides._GroupByKeyOnly] = _GroupByKey
