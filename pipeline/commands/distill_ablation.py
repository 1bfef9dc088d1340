"""`mswitch distill ablation`: what each technique of distillation gives by itself."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.commands.distill import TEXTS, add_teacher, config_of
from pipeline.stages import options
from pipeline.stages.folders import write_json
from pipeline.training.ablation import TECHNIQUES, USUAL, ablation, table
from pipeline.training.distill import TEACHER
from pipeline.training.pretrain import PretrainConfig

HELP = "distil by each technique alone and by both: the paper's Table 6"
EXAMPLES = """\
mswitch distill ablation --teacher runs/sample/switch/checkpoint_last.pt --data runs/sample \\
    --baseline runs/sample/dense --output runs/ablation --steps 500"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_all(parser, PretrainConfig(), TEXTS)


def run(arguments: argparse.Namespace, extra: list[str]) -> None:
    """Train every student and print Table 6."""
    perform(arguments, PretrainConfig, "distill ablation", TEACHER)


def add_all(parser: argparse.ArgumentParser, student: Any, texts: Mapping[str, str]) -> None:
    """The options of an ablation whose students are trained by such settings."""
    add = parser.add_argument
    add("--output", type=Path, required=True, metavar="DIR", help="folder of all runs and report/")
    add_teacher(parser)
    add(
        "--baseline",
        type=Path,
        required=True,
        metavar="RUN",
        help="dense run without a teacher, of as many steps",
    )
    add(
        "--techniques",
        nargs="+",
        choices=TECHNIQUES,
        default=list(USUAL),
        metavar="NAME",
        help=f"of {', '.join(TECHNIQUES)} (default: {' '.join(USUAL)})",
    )
    add("--json", type=Path, metavar="FILE", help="write the comparison as data to FILE too")
    options.add(parser, student, texts)


def perform(arguments: argparse.Namespace, student: type, command: str, weights: str) -> None:
    """Train every student and print the table; weights: of students without the teacher's."""
    config = config_of(arguments, student, command, weights)
    names = list(dict.fromkeys(arguments.techniques))
    report = ablation(arguments.data, arguments.output, config, arguments.baseline, names)
    print(f"{table(report, names, config)}\nReport: {arguments.output / 'report' / 'index.html'}")
    if arguments.json:
        write_json(arguments.json, report.to_json())
