"""`mswitch run CONFIG`: all stages of a configuration, from web text to the report."""

import argparse
from pathlib import Path

from pipeline.commands.command import Command


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file, its changes, and how many stages go on at once."""
    parser.add_argument("config", type=Path, metavar="CONFIG", help="YAML file")
    parser.add_argument(
        "overrides", nargs="*", metavar="KEY=VALUE", help="changes, such as pretrain.steps=100"
    )
    parser.add_argument(
        "--jobs",
        type=int,
        metavar="N",
        help="stages that go on at once, in place of the file's jobs (default there: 0, one a GPU, "
        "or one a core without GPUs)",
    )


def _run(arguments: argparse.Namespace, extra: list[str]) -> None:
    """Run it and print the summary table and where the report is."""
    from pipeline.run import config
    from pipeline.run.whole import run as run_all

    jobs = [] if arguments.jobs is None else [f"jobs={arguments.jobs}"]
    run_all(config.load(arguments.config, [*arguments.overrides, *jobs]))


COMMANDS = {
    "run": Command(
        "run a whole configuration, from web text to the report; skips what is complete",
        """\
mswitch run pipeline/configs/sample.yaml
mswitch run pipeline/configs/sample.yaml output=runs/short pretrain.steps=100
mswitch run pipeline/configs/sample.yaml --jobs 1""",
        _add_arguments,
        _run,
    )
}
