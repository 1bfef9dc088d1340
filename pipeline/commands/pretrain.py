"""`mswitch pretrain`: train one model on prepared data, or continue its training."""

import argparse
from pathlib import Path

from pipeline.commands.command import Command
from pipeline.stages import options
from pipeline.training.pretrain import PretrainConfig, pretrain


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--data", type=Path, required=True, metavar="DIR", help="output folder of mswitch prepare")
    add("--output", type=Path, required=True, metavar="RUN", help="folder of this training run")
    options.add(parser, PretrainConfig())
    options.add_fairseq(parser)


def _run(arguments: argparse.Namespace, extra: list[str]) -> None:
    """Train until --steps, from the last checkpoint if there is one."""
    config = options.read(arguments, PretrainConfig, "pretrain")
    pretrain(arguments.data, arguments.output, config)
    print(f"The run is in {arguments.output}")


COMMANDS = {
    "pretrain": Command(
        "pretrain a dense or Switch model on prepared data; the same command continues it",
        """\
mswitch pretrain --model switch_tiny --data runs/sample --output runs/mine --steps 300 --experts 8
mswitch pretrain --model t5_tiny --data runs/sample --output runs/dense --steps 300
mswitch pretrain --data runs/sample --output runs/bf16 --steps 300 -- --bf16 --update-freq 2""",
        _add_arguments,
        _run,
    )
}
