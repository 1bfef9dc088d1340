import sys

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import DirectOptions, StandardOptions

from langs.errors import InputError
from pipeline.stages.beam import _runner, pipeline_options, run


def chosen(extra: list[str], workers: int = 1) -> tuple[str, str, int]:
    options = pipeline_options(extra, workers)
    direct = options.view_as(DirectOptions)
    runner = options.view_as(StandardOptions).runner
    return runner, direct.direct_running_mode, direct.direct_num_workers


def test_this_machine_unless_told_otherwise():
    assert chosen([]) == ("FnApiRunner", "in_memory", 1)
    assert chosen([], workers=3) == ("FnApiRunner", "multi_processing", 3)
    assert chosen(["--runner", "DirectRunner"], workers=2)[0] == "FnApiRunner"
    assert chosen(["--direct_num_workers=4"]) == ("FnApiRunner", "multi_processing", 4)


def test_other_runners_get_their_options_as_they_are():
    extra = ["--runner", "FlinkRunner", "--flink_master=host:8081", "--its_own=1"]
    options = pipeline_options(extra, workers=2)
    assert options.view_as(StandardOptions).runner == "FlinkRunner"
    assert options.get_all_options()["flink_master"] == "host:8081"


@pytest.mark.parametrize(
    "extra",
    [
        ["--direct_running_mode=multi_threading"],
        ["--direct_running_mode", "multi_threading"],
    ],
)
def test_what_loses_data_is_refused_with_a_reason(extra):
    with pytest.raises(InputError, match=r"cannot carry this job: Beam's \w+"):
        pipeline_options(extra, 1)


@pytest.mark.parametrize("runner", [[], ["--runner=DaskRunner"]])
def test_an_option_that_nobody_knows_is_refused(runner):
    with pytest.raises(InputError, match="unknown option --min-pagez=3"):
        pipeline_options([*runner, "--min-pagez=3"], 1)


def test_the_options_of_dask_are_known():
    extra = ["--runner=DaskRunner", "--dask_client_address=tcp://host:8786", "--dask_npartitions=9"]
    options = pipeline_options(extra, 1).get_all_options()
    assert options["address"] == "tcp://host:8786"
    assert options["npartitions"] == 9


def test_without_dask_its_runner_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pipeline.stages.dask", None)
    with pytest.raises(InputError, match=r"pip install 'apache-beam\[dask\]'"):
        pipeline_options(["--runner=DaskRunner"], 1)


def fail(number: int) -> None:
    raise (InputError("give another file") if number else ZeroDivisionError("our fault"))


@pytest.mark.parametrize("workers", [1, 2])
def test_errors_of_the_user_come_back_as_one_line(workers):
    with pytest.raises(InputError, match=r"^give another file$"):
        run(pipeline_options([], workers), lambda p: p | beam.Create([1]) | beam.Map(fail))


def test_our_own_errors_keep_their_traceback():
    with pytest.raises(Exception, match="our fault"):
        run(pipeline_options([], 1), lambda p: p | beam.Create([0]) | beam.Map(fail))


def test_worker_processes_are_told_the_options(tmp_path):
    options = pipeline_options(["--s3_endpoint_url=http://x"], workers=2)
    made = _runner(options, tmp_path / "workers")
    told = made._provision_info.provision_info.pipeline_options
    assert told["beam:option:s3_endpoint_url:v1"] == "http://x"
