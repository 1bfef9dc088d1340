"""`mswitch distill`: a dense student of a sparse teacher, for pretraining; and what all share."""

import argparse
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from langs.errors import InputError
from pipeline.commands import pretrain
from pipeline.stages import options
from pipeline.stages.folders import write_json
from pipeline.training.distill import NEW, TEACHER, DistillConfig, distill, store
from pipeline.training.pretrain import PretrainConfig

OF_EXPERTS = {"experts", "capacity_factor", "eval_capacity_factor", "balance_weight", "z_weight"}
HELP = "distil a Switch model into a dense one of the same FLOPs; the same command continues it"
EXAMPLES = """\
mswitch distill --teacher runs/sample/switch/checkpoint_last.pt --data runs/sample \\
    --output runs/student --steps 500 --baseline runs/sample/dense
mswitch distill --teacher runs/sample/switch/checkpoint_last.pt --data runs/sample \\
    --store runs/probabilities --top 32 --steps 500
mswitch distill --teacher runs/sample/switch/checkpoint_last.pt --data runs/sample \\
    --teacher-probabilities runs/probabilities --output runs/student --steps 500"""

TEXTS = {
    name: text
    for name, text in pretrain.TEXTS.items()
    if name not in ("model", "initialise_from", "embedding_std", "unscaled_output")
    and name not in OF_EXPERTS
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_all(parser, PretrainConfig(), TEXTS)


def run(arguments: argparse.Namespace, extra: list[str]) -> None:
    """Train the student, or store what it is to learn; the report where there is a baseline."""
    perform(arguments, PretrainConfig, "distill")


def add_all(parser: argparse.ArgumentParser, student: Any, texts: Mapping[str, str]) -> None:
    """The options of a distillation whose student is trained by such settings."""
    add = parser.add_argument
    place = parser.add_mutually_exclusive_group(required=True)
    place.add_argument("--output", type=Path, metavar="RUN", help="folder of the student's run")
    place.add_argument(
        "--store",
        type=Path,
        metavar="DIR",
        help="store the teacher's probabilities for such a training instead of training",
    )
    add_teacher(parser)
    add(
        "--weights",
        default=TEACHER,
        metavar="WEIGHTS",
        help=f"the student starts from: {TEACHER} (its non-expert weights), {NEW}, or a dense "
        "checkpoint (default: %(default)s)",
    )
    add(
        "--top",
        type=int,
        default=32,
        metavar="K",
        help="pieces to store of each target token (default: %(default)s)",
    )
    add(
        "--disk-limit-gb",
        type=float,
        default=50.0,
        metavar="GB",
        help="disk space that --store may take (default: %(default)s)",
    )
    add(
        "--baseline",
        type=Path,
        metavar="RUN",
        help="dense run without a teacher: report the share of the teacher's gain that is kept",
    )
    add("--json", type=Path, metavar="FILE", help="write what is said as data to FILE too")
    options.add(parser, student, texts)


def add_teacher(parser: argparse.ArgumentParser) -> None:
    """The options that every kind of distillation has."""
    add = parser.add_argument
    add("--teacher", required=True, metavar="FILE", help="checkpoint of a Switch model")
    add("--data", type=Path, required=True, metavar="DIR", help="what the student is trained on")
    add(
        "--teacher-probabilities",
        metavar="DIR",
        help="folder that --store made: train without the teacher in memory",
    )
    add(
        "--teacher-share",
        type=float,
        default=0.25,
        metavar="SHARE",
        help="of the loss that is the teacher's; the truth has the rest (default: %(default)s)",
    )


def config_of(
    arguments: argparse.Namespace, student: type, command: str, weights: str
) -> DistillConfig:
    """The settings of a distillation; what the student has no option for keeps its default."""
    for field in fields(student):
        if not hasattr(arguments, field.name):
            setattr(arguments, field.name, field.default)
    names = ("teacher", "teacher_probabilities", "teacher_share")
    given = {name: getattr(arguments, name) for name in names}
    return DistillConfig(
        **given, weights=weights, student=options.read(arguments, student, command)
    )


def perform(arguments: argparse.Namespace, student: type, command: str) -> None:
    """What the command is for, by its options."""
    config = config_of(arguments, student, command, arguments.weights)
    if arguments.store:
        if config.teacher_probabilities:
            raise InputError("--store makes what --teacher-probabilities names; give one of them")
        store(arguments.data, arguments.store, config, arguments.top, arguments.disk_limit_gb)
        print(f"The probabilities are in {arguments.store}")
        return
    summary = distill(arguments.data, arguments.output, config)
    print(told(summary, arguments.output))
    if arguments.baseline:
        summary |= {"report": compared(arguments)}
    if arguments.json:
        write_json(arguments.json, summary)


def told(summary: dict[str, Any], output: Path) -> str:
    """A student in one line, and a translator's best score in another."""
    student, teacher = (summary[f"{who}_parameters"] for who in ("student", "teacher"))
    line = (
        f"{output}: a student of {student:,} parameters, its teacher has {teacher:,}: compression "
        f"{summary['compression']:.0%}"
    )
    if "chrf++" not in summary:
        return line
    return (
        f"{line}\nThe best of {summary['steps']:,} steps is {summary['best_step']:,}, with a mean "
        f"chrF++ of {summary['chrf++']}: {output / 'checkpoint_best.pt'}"
    )


def compared(arguments: argparse.Namespace) -> dict[str, Any]:
    """The report of the student beside baseline and teacher; prints its tables."""
    from pipeline.report.build import closing_text, compare_models

    folder = arguments.output / "report"
    report = compare_models(
        [arguments.output], arguments.baseline, folder, teacher=Path(arguments.teacher).parent
    )
    print(f"\n{closing_text(report, folder)}")
    return report.to_json()
