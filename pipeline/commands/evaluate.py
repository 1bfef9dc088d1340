"""`mswitch evaluate`: what a Switch run gained over a dense run, language by language."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from langs.errors import InputError
from pipeline.commands.command import Command, add_json, write_json

if TYPE_CHECKING:
    from pipeline.evaluate.report import Report


WATCH_SECONDS, DAY_SECONDS = 60.0, 86_400.0


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "runs", nargs="*", type=Path, metavar="RUN", help="folders of runs, of any models and seeds"
    )
    add("--baseline", type=Path, metavar="RUN", help="what the others are held against")
    add("--teacher", type=Path, metavar="RUN", help="whose gain dense students keep a share of")
    add(
        "--quality",
        type=float,
        metavar="Q",
        help="mean neg. log perplexity that times are given to (default: the baseline's last)",
    )
    add("--dense", type=Path, metavar="RUN", help="folder of the dense run")
    add("--switch", type=Path, metavar="RUN", help="folder of the Switch run")
    add("--output", type=Path, required=True, metavar="DIR", help="folder of the report")
    add_json(parser, "the result as data")
    add(
        "--watch",
        nargs="?",
        type=_seconds,
        const=WATCH_SECONDS,
        metavar="SECONDS",
        help="build the report again whenever metrics have grown, until all runs are complete; "
        f"seconds between looks (default: {WATCH_SECONDS:g})",
    )
    add(
        "--tensorboard",
        type=Path,
        metavar="DIR",
        help="with --watch: folder of the gains as TensorBoard scalars "
        "(default: tensorboard in the report)",
    )


def _run(arguments: argparse.Namespace, extra: list[str]) -> None:
    """Build the report and print its summary. Raises InputError if the runs do not compare."""
    check(arguments)
    report = _build(arguments) if arguments.watch is None else _watch(arguments)
    if report:
        from pipeline.report.build import closing_text

        print(closing_text(report, arguments.output))


def check(arguments: argparse.Namespace) -> None:
    """Raises InputError unless the runs are --dense and --switch, or RUNs and --baseline."""
    pair = [arguments.dense, arguments.switch]
    many = [*arguments.runs, arguments.baseline, arguments.teacher, arguments.quality]
    if any(pair) and any(one is not None for one in many):
        raise InputError("give --dense and --switch, or RUN ... and --baseline, but not both")
    if arguments.tensorboard and arguments.watch is None:
        raise InputError("--tensorboard belongs to --watch; give that too")
    if any(pair) and not all(pair):
        raise InputError("--dense and --switch belong together; give the other one too")
    if not any(pair) and not arguments.baseline:
        raise InputError("give --dense RUN and --switch RUN, or RUN ... and --baseline RUN")
    if not any(pair) and not (arguments.runs or arguments.teacher):
        raise InputError("nothing to compare with the baseline; give RUN ... too")


def _seconds(text: str) -> float:
    """The seconds of --watch; argparse takes the folder of a run for them if it stands behind."""
    try:
        seconds = float(text)
    except ValueError:
        message = f"{text!r} is no number of seconds; put folders of runs before it"
        raise argparse.ArgumentTypeError(message) from None
    if not 1 <= seconds <= DAY_SECONDS:
        raise argparse.ArgumentTypeError(f"{text} is not from 1 to {DAY_SECONDS:g} seconds")
    return seconds


def _build(arguments: argparse.Namespace) -> "Report":
    from pipeline.report.build import compare_models, compare_runs

    if arguments.dense:
        report = compare_runs(arguments.dense, arguments.switch, arguments.output)
    else:
        report = compare_models(
            arguments.runs,
            arguments.baseline,
            arguments.output,
            teacher=arguments.teacher,
            quality=arguments.quality,
            going_on=arguments.watch is not None,
        )
    write_json(arguments, report.to_json())
    return report


def _watch(arguments: argparse.Namespace) -> "Report | None":
    from pipeline.report.board import Board
    from pipeline.report.build import BOARD
    from pipeline.report.watch import watch

    single = [arguments.dense, arguments.switch, arguments.baseline, arguments.teacher]
    runs = [*arguments.runs, *(one for one in single if one)]
    board = Board(arguments.tensorboard or arguments.output / BOARD)
    return watch(runs, lambda: _build(arguments), board, arguments.watch)


COMMANDS = {
    "evaluate": Command(
        "compare a Switch run with a dense run, or any number of models: a report by language",
        """\
mswitch evaluate --dense runs/sample/dense --switch runs/sample/switch --output runs/sample/report
mswitch evaluate --dense runs/a --switch runs/b --output report --json report.json
mswitch evaluate runs/2e runs/4e runs/8e --baseline runs/dense --output report
mswitch evaluate runs/dense-seed* runs/switch-seed* --baseline runs/dense-seed1 --output report
mswitch evaluate --dense runs/a --switch runs/b --output report --watch
mswitch evaluate runs/student --baseline runs/dense --teacher runs/switch --output report""",
        _add_arguments,
        _run,
    )
}
