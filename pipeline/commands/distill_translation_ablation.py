"""`mswitch distill translation ablation`: what each technique gives a translator by itself."""

import argparse

from pipeline.commands import distill_ablation, distill_translation
from pipeline.training.distill import NEW
from pipeline.training.finetune import FinetuneConfig

HELP = "distil a translator by each technique alone and by both, with scores"
EXAMPLES = """\
mswitch distill translation ablation --teacher runs/translator/checkpoint_best.pt \\
    --data runs/bitext --baseline runs/dense-translator --output runs/translation-ablation \\
    --weights runs/sample/dense/checkpoint_last.pt --steps 1000"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--weights",
        default=NEW,
        metavar="WEIGHTS",
        help="where students without the teacher's weights start: the baseline's pretrained "
        f"checkpoint, or {NEW} (default: %(default)s)",
    )
    distill_ablation.add_all(parser, FinetuneConfig(), distill_translation.TEXTS)


def run(arguments: argparse.Namespace, extra: list[str]) -> None:
    """Train every student and print what it keeps."""
    command = "distill translation ablation"
    distill_ablation.perform(arguments, FinetuneConfig, command, arguments.weights)
