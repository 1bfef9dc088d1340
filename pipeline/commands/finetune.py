"""`mswitch finetune`: make a translator of a pretrained model, or continue its training."""

import argparse
from pathlib import Path

from pipeline.commands.command import Command
from pipeline.stages import options
from pipeline.training.finetune import FinetuneConfig, finetune


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--checkpoint", type=Path, required=True, metavar="FILE", help="where training starts")
    add("--data", type=Path, required=True, metavar="DIR", help="output folder of mswitch bitext")
    add("--output", type=Path, required=True, metavar="RUN", help="folder of this training run")
    options.add(parser, FinetuneConfig())
    options.add_fairseq(parser)


def _run(arguments: argparse.Namespace, extra: list[str]) -> None:
    """Train until --steps or --patience, from the last checkpoint if there is one."""
    config = options.read(arguments, FinetuneConfig, "finetune")
    best = finetune(arguments.checkpoint, arguments.data, arguments.output, config)
    print(
        f"The best of {best['steps']:,} steps is {best['best_step']:,}, with a mean chrF++ of "
        f"{best['chrf++']}: {arguments.output / 'checkpoint_best.pt'}"
    )


COMMANDS = {
    "finetune": Command(
        "fine-tune a dense or Switch model to translate; the same command continues it",
        """\
mswitch finetune --checkpoint runs/sample/switch/checkpoint_last.pt --data runs/bitext \\
    --output runs/translator --steps 1000
mswitch finetune --checkpoint runs/sample/dense/checkpoint_last.pt --data runs/bitext \\
    --output runs/mixed --steps 1000 --pretraining-share 0.1 --pretraining-data runs/sample
mswitch finetune --checkpoint runs/imported/checkpoint_last.pt --data runs/bitext \\
    --output runs/bf16 --freeze experts -- --bf16 --update-freq 4""",
        _add_arguments,
        _run,
    )
}
