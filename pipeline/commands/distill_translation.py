"""`mswitch distill translation`: a dense translator that learns from a sparse one."""

import argparse

from pipeline.commands import distill, finetune
from pipeline.training.finetune import FinetuneConfig

HELP = "distil a fine-tuned Switch translator into a dense one; the same command continues it"
EXAMPLES = """\
mswitch distill translation --teacher runs/translator/checkpoint_best.pt --data runs/bitext \\
    --output runs/small-translator --steps 1000 --baseline runs/dense-translator
mswitch distill translation --teacher runs/translator/checkpoint_best.pt --data runs/bitext \\
    --store runs/probabilities --steps 1000
mswitch distill translation --teacher runs/translator/checkpoint_best.pt --data runs/bitext \\
    --teacher-probabilities runs/probabilities --weights runs/sample/dense/checkpoint_last.pt \\
    --output runs/small-translator --steps 1000"""

TEXTS = {
    name: text
    for name, text in finetune.TEXTS.items()
    if name not in distill.OF_EXPERTS and name not in ("expert_dropout", "expert_masking")
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    distill.add_all(parser, FinetuneConfig(), TEXTS)


def run(arguments: argparse.Namespace, extra: list[str]) -> None:
    """Train the student, or store what it is to learn; the report where there is a baseline."""
    distill.perform(arguments, FinetuneConfig, "distill translation")
