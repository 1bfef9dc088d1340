"""`mswitch evaluate`: what a Switch run gained over a dense run, language by language."""

import argparse
from pathlib import Path
from typing import Any

from langs.errors import InputError

HELP = "compare a Switch run with a dense run, or any number of models: a report for every language"
EXAMPLES = """\
mswitch evaluate --dense runs/sample/dense --switch runs/sample/switch --output runs/sample/report
mswitch evaluate --dense runs/a --switch runs/b --output report --json report.json
mswitch evaluate runs/2e runs/4e runs/8e --baseline runs/dense --output report
mswitch evaluate runs/dense-seed* runs/switch-seed* --baseline runs/dense-seed1 --output report
mswitch evaluate runs/student --baseline runs/dense --teacher runs/switch --output report"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
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
    add("--json", type=Path, metavar="FILE", help="write the result as data to FILE too")


def run(arguments: argparse.Namespace, extra: list[str]) -> None:
    """Build the report and print its summary. Raises InputError if the runs do not compare."""
    from pipeline.stage import write_json

    check(arguments)
    report, text = _pair(arguments) if arguments.dense else _models(arguments)
    if arguments.json:
        write_json(arguments.json, report)
    print(text)


def check(arguments: argparse.Namespace) -> None:
    """Raises InputError unless the runs are --dense and --switch, or RUNs and --baseline."""
    pair = [arguments.dense, arguments.switch]
    many = [*arguments.runs, arguments.baseline, arguments.teacher, arguments.quality]
    if any(pair) and any(one is not None for one in many):
        raise InputError("give --dense and --switch, or RUN ... and --baseline, but not both")
    if any(pair) and not all(pair):
        raise InputError("--dense and --switch belong together; give the other one too")
    if not any(pair) and not arguments.baseline:
        raise InputError("give --dense RUN and --switch RUN, or RUN ... and --baseline RUN")
    if not any(pair) and not (arguments.runs or arguments.teacher):
        raise InputError("nothing to compare with the baseline; give RUN ... too")


def _pair(arguments: argparse.Namespace) -> tuple[dict[str, Any], str]:
    from pipeline.evaluate.config import EvaluateConfig
    from pipeline.report.build import compare_runs

    report = compare_runs(arguments.dense, arguments.switch, arguments.output, EvaluateConfig())
    return report, closing_text(report, arguments.output)


def _models(arguments: argparse.Namespace) -> tuple[dict[str, Any], str]:
    from pipeline.report.build import PAGE, compare_models
    from pipeline.report.comparison_tables import screen_text

    report = compare_models(
        arguments.runs,
        arguments.baseline,
        arguments.output,
        teacher=arguments.teacher,
        quality=arguments.quality,
    )
    return report, f"{screen_text(report)}\nReport: {arguments.output / PAGE}"


def closing_text(report: dict[str, Any], output: Path) -> str:
    """The summary table and where the report is, as the command ends."""
    from pipeline.report.build import PAGE
    from pipeline.report.scoreboard import aims_sentence, verdict
    from pipeline.report.tables import summary_text

    notes = list(report["notes"])
    if report["left_out"]:
        notes.append(f"Left out, as only one run validated them: {', '.join(report['left_out'])}.")
    lines = [verdict(report), aims_sentence(report), *notes]
    return "\n".join([summary_text(report), "", *lines, f"Report: {output / PAGE}"])
