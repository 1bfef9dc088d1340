"""Running a job on Beam: on this machine unless the command line says otherwise."""

import argparse
import contextlib
import functools
import os
import shlex
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions, StandardOptions
from apache_beam.portability.api import beam_provision_api_pb2
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.runners.portability.fn_api_runner.fn_runner import ExtendedProvisionInfo
from apache_beam.runners.portability.portable_runner import JobServiceHandle
from apache_beam.runners.runner import PipelineRunner
from apache_beam.transforms.environments import SubprocessSDKEnvironment

from langs.errors import InputError
from pipeline.stages import error_lines
from pipeline.stages.interrupts import interruptible
from pipeline.stages.quiet import quiet_logs

_REFUSED = {
    "--direct_running_mode=multi_threading": "Beam's multi_threading gives wrong totals at times",
}
_DASK = "DaskRunner"
_LOCAL_RUNNERS = ("FnApiRunner", "DirectRunner")


def pipeline_options(extra: Sequence[str], workers: int) -> PipelineOptions:
    """Beam's options: `extra` from the command line, else `workers` processes on this machine.

    Beam's own default, DirectRunner, tries another runner first that it downloads, so that
    FnApiRunner is named. Raises InputError for runners known to lose data, and on this machine
    for options that Beam does not know.
    """
    flags = _joined(extra)
    for flag, reason in _REFUSED.items():
        if flag in flags:
            raise InputError(f"{flag} cannot carry this job: {reason}; leave it out")
    options = PipelineOptions(flags)
    standard, direct = options.view_as(StandardOptions), options.view_as(DirectOptions)
    if standard.runner == _DASK:
        _dask_runner()  # makes its options known
        _refuse_unknown(flags)
        return PipelineOptions(flags)
    if standard.runner and standard.runner not in _LOCAL_RUNNERS:
        return options
    _refuse_unknown(flags)
    standard.runner = "FnApiRunner"
    if not any(flag.startswith("--direct_num_workers=") for flag in flags):
        direct.direct_num_workers = workers
    if not any(flag.startswith("--direct_running_mode=") for flag in flags):
        several = direct.direct_num_workers != 1  # 0: one a core
        direct.direct_running_mode = "multi_processing" if several else "in_memory"
    return options


def run(options: PipelineOptions, build: Callable[[beam.Pipeline], object]) -> None:
    """Run the pipeline that `build` makes, to its end.

    Raises InputError for what the user must put right, such as a full disk: Beam hands errors of
    workers on as text. Others pass up with all that Beam says of them; Ctrl-C as KeyboardInterrupt.
    """
    with tempfile.TemporaryDirectory() as folder:
        workers = Path(folder, "workers")
        runner = _runner(options, workers)
        try:
            with (
                interruptible(lambda: _end(workers)),
                quiet_logs(),
                beam.Pipeline(runner=runner, options=options) as pipeline,
            ):
                build(pipeline)
        except (RuntimeError, InputError) as error:
            if line := error_lines.message(error):
                raise InputError(line.partition(" [while running")[0]) from None
            raise


def each(
    elements: Sequence[Any],
    function: Callable[..., None],
    workers: int,
    beam_options: Sequence[str],
    **constant: Any,
) -> None:
    """Call the function with every element and the constants, in a pipeline."""
    call = functools.partial(function, **constant)
    options = pipeline_options(beam_options, workers)
    step = function.__name__ >> beam.Map(call)  # else its name would hold all constants
    run(options, lambda pipeline: pipeline | beam.Create(elements) | step)


def _end(workers: Path) -> None:
    """End the processes whose ids stand in a file: Beam would wait for what they are at."""
    for number in workers.read_text().split() if workers.exists() else ():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(number), signal.SIGTERM)


def _runner(options: PipelineOptions, workers: Path) -> PipelineRunner | None:
    """Beam's runner with our worker processes, or Dask's; None: the one that the options name.

    workers: the file that each of our processes writes its id into.
    """
    if options.view_as(StandardOptions).runner == _DASK:
        return _dask_runner()
    direct = options.view_as(DirectOptions)
    is_local = options.view_as(StandardOptions).runner == "FnApiRunner"
    if not is_local or direct.direct_running_mode != "multi_processing":
        return None
    command = (
        f"trap '' INT; echo $$ >> {shlex.quote(str(workers))}; "
        f"exec {shlex.quote(sys.executable)} -m pipeline.stages.worker $PPID"
    )
    direct.direct_running_mode = "in_memory"  # else Beam puts its own environment in place of ours
    told = beam_provision_api_pb2.ProvisionInfo(
        pipeline_options=JobServiceHandle.encode_pipeline_options(
            options.get_all_options(drop_default=True)
        )
    )
    return FnApiRunner(
        SubprocessSDKEnvironment.from_command_string(command),
        provision_info=ExtendedProvisionInfo(told),  # else workers know no option, such as S3's
    )


def _dask_runner() -> PipelineRunner:
    try:
        from pipeline.stages.dask import DaskRunner
    except ImportError as error:
        raise InputError(f"--runner={_DASK} needs Dask: pip install 'apache-beam[dask]'") from error
    return DaskRunner()


def _refuse_unknown(flags: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    for group in PipelineOptions.__subclasses__():
        group._add_argparse_args(parser)
    _, unknown = parser.parse_known_args(flags)
    if unknown:
        raise InputError(f"unknown option {unknown[0]}: neither mswitch nor Beam knows it")


def _joined(options: Sequence[str]) -> list[str]:
    """`--name value` as `--name=value`."""
    joined: list[str] = []
    for option in options:
        if option.startswith("--") or not joined:
            joined.append(option)
        else:
            joined[-1] += f"={option}"
    return joined
