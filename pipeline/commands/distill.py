"""`mswitch distill` and `distill ablation`, of models in pretraining and of translators."""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from langs.errors import InputError
from pipeline.commands.command import Command, add_json, write_json
from pipeline.stages import options
from pipeline.training.ablation import TECHNIQUES, USUAL, ablation, table
from pipeline.training.distill import NEW, TEACHER, DistillConfig, distill, store
from pipeline.training.finetune import FinetuneConfig
from pipeline.training.pretrain import PretrainConfig

Student = type[PretrainConfig] | type[FinetuneConfig]

_FROM_THE_TEACHER = (  # settings of the student that follow from the teacher, or that need experts
    *("model", "initialise_from", "embedding_std", "unscaled_output", "experts"),
    *("capacity_factor", "eval_capacity_factor", "balance_weight", "z_weight"),
    *("expert_dropout", "expert_masking", "router_learning_rate_scale"),
)


def _add_arguments(parser: argparse.ArgumentParser, student: Student) -> None:
    add = parser.add_argument
    place = parser.add_mutually_exclusive_group(required=True)
    place.add_argument("--output", type=Path, metavar="RUN", help="folder of the student's run")
    place.add_argument(
        "--store",
        type=Path,
        metavar="DIR",
        help="store the teacher's probabilities for such a training instead of training",
    )
    _add_both(parser, student)
    add(
        "--top",
        type=int,
        default=32,
        metavar="K",
        help="most probable pieces to store of each target token (default: %(default)s)",
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


def _add_ablation_arguments(parser: argparse.ArgumentParser, student: Student) -> None:
    add = parser.add_argument
    add("--output", type=Path, required=True, metavar="DIR", help="folder of all runs and report/")
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
        help=f"techniques: {', '.join(TECHNIQUES)} (default: {' '.join(USUAL)})",
    )
    if student is FinetuneConfig:
        _add_both(parser, student, weights=NEW)
    else:
        _add_both(parser, student, without=("weights",))


def _add_both(
    parser: argparse.ArgumentParser,
    student: Student,
    weights: str = TEACHER,
    without: tuple[str, ...] = (),
) -> None:
    add = parser.add_argument
    add("--teacher", required=True, metavar="FILE", help="checkpoint of a Switch model")
    add("--data", type=Path, required=True, metavar="DIR", help="what the student is trained on")
    add_json(parser, "the result as data")
    options.add(parser, DistillConfig("", weights=weights), without)
    options.add(parser, student(), without=_FROM_THE_TEACHER)
    options.add_fairseq(parser)


def _run(arguments: argparse.Namespace, extra: list[str], student: Student, command: str) -> None:
    """Train the student, or store what it is to learn; the report where there is a baseline."""
    config = _config(arguments, student, command)
    if arguments.store:
        if config.teacher_probabilities:
            raise InputError("--store makes what --teacher-probabilities names; give one of them")
        store(arguments.data, arguments.store, config, arguments.top, arguments.disk_limit_gb)
        print(f"The probabilities are in {arguments.store}")
        return
    summary = distill(arguments.data, arguments.output, config)
    print(_told(summary, arguments.output))
    if arguments.baseline:
        summary |= {"report": _compared(arguments)}
    write_json(arguments, summary)


def _run_ablation(
    arguments: argparse.Namespace, extra: list[str], student: Student, command: str
) -> None:
    """Train every student and print the table of techniques."""
    config = _config(arguments, student, command)
    names = list(dict.fromkeys(arguments.techniques))
    report = ablation(arguments.data, arguments.output, config, arguments.baseline, names)
    print(f"{table(report, names, config)}\nReport: {arguments.output / 'report' / 'index.html'}")
    write_json(arguments, report.to_json())


def _config(arguments: argparse.Namespace, student: Student, command: str) -> DistillConfig:
    arguments.student = options.read(arguments, student, command)
    return options.read(arguments, DistillConfig)


def _told(summary: dict[str, Any], output: Path) -> str:
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


def _compared(arguments: argparse.Namespace) -> dict[str, Any]:
    """The report of the student beside baseline and teacher; prints its tables."""
    from pipeline.report.build import closing_text, compare_models

    folder = arguments.output / "report"
    report = compare_models(
        [arguments.output], arguments.baseline, folder, teacher=Path(arguments.teacher).parent
    )
    print(f"\n{closing_text(report, folder)}")
    return report.to_json()


def _command(
    name: str,
    student: Student,
    help: str,
    examples: str,
    add_arguments: Callable[..., None] = _add_arguments,
    run: Callable[..., None] = _run,
) -> Command:
    return Command(
        help,
        examples,
        partial(add_arguments, student=student),
        partial(run, student=student, command=name),
    )


COMMANDS = {
    "distill": _command(
        "distill",
        PretrainConfig,
        "distil a Switch model into a dense one of the same FLOPs; the same command continues it",
        """\
mswitch distill --teacher runs/sample/switch/checkpoint_last.pt --data runs/sample \\
    --output runs/student --steps 500 --baseline runs/sample/dense
mswitch distill --teacher runs/sample/switch/checkpoint_last.pt --data runs/sample \\
    --store runs/probabilities --top 32 --steps 500
mswitch distill --teacher runs/sample/switch/checkpoint_last.pt --data runs/sample \\
    --teacher-probabilities runs/probabilities --output runs/student --steps 500""",
    ),
    "distill translation": _command(
        "distill translation",
        FinetuneConfig,
        "distil a fine-tuned Switch translator into a dense one; the same command continues it",
        """\
mswitch distill translation --teacher runs/translator/checkpoint_best.pt --data runs/bitext \\
    --output runs/small-translator --steps 1000 --baseline runs/dense-translator
mswitch distill translation --teacher runs/translator/checkpoint_best.pt --data runs/bitext \\
    --store runs/probabilities --steps 1000
mswitch distill translation --teacher runs/translator/checkpoint_best.pt --data runs/bitext \\
    --teacher-probabilities runs/probabilities --weights runs/sample/dense/checkpoint_last.pt \\
    --output runs/small-translator --steps 1000""",
    ),
    "distill translation ablation": _command(
        "distill translation ablation",
        FinetuneConfig,
        "distil a translator by each technique alone and by both, with scores",
        """\
mswitch distill translation ablation --teacher runs/translator/checkpoint_best.pt \\
    --data runs/bitext --baseline runs/dense-translator --output runs/translation-ablation \\
    --weights runs/sample/dense/checkpoint_last.pt --steps 1000""",
        _add_ablation_arguments,
        _run_ablation,
    ),
    "distill ablation": _command(
        "distill ablation",
        PretrainConfig,
        "distil by each technique alone and by both: the paper's Table 6",
        """\
mswitch distill ablation --teacher runs/sample/switch/checkpoint_last.pt --data runs/sample \\
    --baseline runs/sample/dense --output runs/ablation --steps 500""",
        _add_ablation_arguments,
        _run_ablation,
    ),
}
