from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.pvalue import TaggedOutput

from langs.errors import InputError
from pipeline.corpus import graph
from pipeline.corpus.config import preset
from pipeline.stages.beam import pipeline_options, run
from pipeline.stages.dask import refuse_unfit


def two(number: int) -> Iterator[Any]:
    yield number
    yield TaggedOutput("other", number)


class Late(beam.DoFn):
    def process(self, number: int) -> None:
        pass

    def finish_bundle(self) -> None:
        pass


def tagged(numbers: beam.PCollection) -> None:
    both = numbers | beam.FlatMap(two).with_outputs("other", main="main")
    _ = both.main | beam.Map(print)


def partition(numbers: beam.PCollection) -> None:
    parts = numbers | beam.Partition(lambda number, count: number % count, 2)
    _ = parts | beam.Flatten()


def late(numbers: beam.PCollection) -> None:
    _ = numbers | "Late" >> beam.ParDo(Late())


def two_ends(numbers: beam.PCollection) -> None:
    _ = numbers | "One" >> beam.Map(print)
    _ = numbers | "Two" >> beam.Map(print)


@pytest.mark.parametrize(
    ("build", "why"),
    [
        (tagged, "has tagged outputs"),
        (partition, "has tagged outputs"),
        (late, "Late has a finish_bundle"),
        (two_ends, "One, Two: all are last"),
    ],
)
def test_what_dask_loses_is_refused(build: Callable[[Any], None], why: str) -> None:
    pipeline = beam.Pipeline()
    build(pipeline | beam.Create([1, 2]))
    with pytest.raises(NotImplementedError, match=why):
        refuse_unfit(pipeline)


@pytest.mark.parametrize("name", ["mc4", "modern"])
def test_the_corpus_job_is_fit_for_dask(name: str, tmp_path: Path) -> None:
    pipeline = beam.Pipeline()
    job = graph.Job(preset(name), tmp_path, tmp_path / "work", 4)
    graph.build(pipeline, [(0, "a"), (1, "b")], job)
    refuse_unfit(pipeline)


def test_a_cluster_that_is_not_there_is_one_line() -> None:
    options = ["--runner=DaskRunner", "--dask_client_address=tcp://127.0.0.1:9"]
    with pytest.raises(InputError, match=r"no Dask cluster can be reached.*--dask_client_address"):
        run(
            pipeline_options([*options, "--dask_connection_timeout=1"], 1),
            lambda pipeline: pipeline | beam.Create([1]) | beam.Map(print),
        )
