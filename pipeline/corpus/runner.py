"""Where Beam runs a job: on this machine unless the command line says otherwise."""

from collections.abc import Sequence

from apache_beam.options.pipeline_options import PipelineOptions

from langs.errors import InputError

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
