"""`mswitch distill`: a dense student of a sparse teacher, for pretraining."""

import argparse
from dataclasses import fields
from pathlib import Path
from typing import Any

from langs.errors import InputError
from pipeline.commands import pretrain, settings
from pipeline.distill import NEW, TEACHER, DistillConfig, distill, store
from pipeline.pretrain import PretrainConfig
from pipeline.stage import write_json

HELP = "distil a Switch model into a dense one of the same FLOPs; the same command continues it"
EXAMPLES = """\
mswitch distill --teacher runs/sample/switch/checkpoint_last.pt --data runs/sample \\
    --output runs/student --steps 500 --baseline runs/sample/dense
mswitch distill --teacher runs/sample/switch/checkpoint_last.pt --data runs/sample \\
    --store runs/probabilities --top 32 --steps 500
mswitch distill --teacher runs/sample/switch/checkpoint_last.pt --data runs/sample \\
    --teacher-probabilities runs/probabilities --output runs/student --steps 500"""

OF_THE_TEACHER = {  # what a student takes over
    *("model", "initialise_from", "experts", "capacity_factor", "eval_capacity_factor"),
    *("embedding_std", "unscaled_output", "balance_weight", "z_weight"),
}
TEXTS = {name: text for name, text in pretrain.TEXTS.items() if name not in OF_THE_TEACHER}


def add_arguments(parser: argparse.ArgumentParser) -> None:
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
    settings.add(parser, PretrainConfig(), TEXTS)


def add_teacher(parser: argparse.ArgumentParser) -> None:
    """The options that every kind of distillation has."""
    add = parser.add_argument
    add("--teacher", required=True, metavar="FILE", help="checkpoint of a Switch model")
    add("--data", type=Path, required=True, metavar="DIR", help="output folder of mswitch prepare")
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


def config_of(arguments: argparse.Namespace, student: Any, weights: str) -> DistillConfig:
    """The settings of a distillation."""
    names = ("teacher", "teacher_probabilities", "teacher_share")
    given = {name: getattr(arguments, name) for name in names}
    return DistillConfig(**given, weights=weights, student=student)


def student_of(arguments: argparse.Namespace, command: str) -> PretrainConfig:
    """The settings of the student's training; what the teacher says has its default."""
    for field in fields(PretrainConfig):
        if field.name in OF_THE_TEACHER:
            setattr(arguments, field.name, field.default)
    return settings.read(arguments, PretrainConfig, command)


def run(arguments: argparse.Namespace, extra: list[str]) -> None:
    """Train the student, or store what it is to learn; the report where there is a baseline."""
    config = config_of(arguments, student_of(arguments, "distill"), arguments.weights)
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
    """A student in one line."""
    student, teacher = (summary[f"{who}_parameters"] for who in ("student", "teacher"))
    return (
        f"{output}: a student of {student:,} parameters, its teacher has {teacher:,}: compression "
        f"{summary['compression']:.0%}"
    )


def compared(arguments: argparse.Namespace) -> dict[str, Any]:
    """The report of the student beside baseline and teacher; prints its tables."""
    from pipeline.report.build import PAGE, compare_models
    from pipeline.report.comparison_tables import screen_text

    folder = arguments.output / "report"
    report = compare_models(
        [arguments.output], arguments.baseline, folder, teacher=Path(arguments.teacher).parent
    )
    print(f"\n{screen_text(report)}\nReport: {folder / PAGE}")
    return report
