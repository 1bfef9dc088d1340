"""Where Beam runs a job: on this machine unless the command line says otherwise."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from langs.errors import InputError
from pipeline import errors

_REFUSED = {
    "--runner=DaskRunner": "Beam's DaskRunner loses side outputs without a word",
    "--direct_running_mode=multi_threading": "Beam's multi_threading gives wrong totals at times",
}


def pipeline_options(extra: Sequence[str], workers: int) -> PipelineOptions:
    """Beam's options: `extra` from the command line, else `workers` processes on this machine.

    Beam's own default, DirectRunner, tries another runner first that it downloads, so that
    FnApiRunner is named. Raises InputError for runners known to lose data.
    """
    flags = _joined(extra)
    for flag, reason in _REFUSED.items():
        if flag in flags:
            raise InputError(f"{flag} cannot carry this job: {reason}; leave it out")
    if not any(flag.startswith("--runner=") for flag in flags):
        mode = "multi_processing" if workers > 1 else "in_memory"
        local = [
            "--runner=FnApiRunner",
            f"--direct_running_mode={mode}",
            f"--direct_num_workers={workers}",
        ]
        flags = local + flags
    return PipelineOptions(flags)


def _joined(options: Sequence[str]) -> list[str]:
    """`--name value` as `--name=value`."""
    joined: list[str] = []
    for option in options:
        if option.startswith("--") or not joined:
            joined.append(option)
        else:
            joined[-1] += f"={option}"
    return joined


def run(options: PipelineOptions, build: Callable[[beam.Pipeline], object]) -> None:
    """Run the pipeline that `build` makes, to its end.

    Raises InputError for what the user must put right, such as a full disk: Beam hands errors of
    workers on as text, and logs them, which is held back here. Others pass up with all they say.
    """
    try:
        with _quiet(), beam.Pipeline(options=options) as pipeline:
            build(pipeline)
    except RuntimeError as error:
        if line := errors.message(error):
            raise InputError(line) from None
        raise


@contextmanager
def _quiet() -> Iterator[None]:
    logger = logging.getLogger("apache_beam")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)
