"""`mswitch evaluate`: what a Switch run gained over a dense run, language by language."""

import argparse
from pathlib import Path
from typing import Any

HELP = "compare a Switch run with a dense run: a report for every language"
EXAMPLES = """\
mswitch evaluate --dense runs/sample/dense --switch runs/sample/switch --output runs/sample/report
mswitch evaluate --dense runs/a --switch runs/b --output report --json report.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--dense", type=Path, required=True, metavar="RUN", help="folder of the dense run")
    add("--switch", type=Path, required=True, metavar="RUN", help="folder of the Switch run")
    add("--output", type=Path, required=True, metavar="DIR", help="folder of the report")
    add("--json", type=Path, metavar="FILE", help="write the result as data to FILE too")


def run(arguments: argparse.Namespace, extra: list[str]) -> None:
    """Build the report and print its summary. Raises InputError if the runs do not compare."""
    from pipeline.evaluate.config import EvaluateConfig
    from pipeline.report.build import compare_runs
    from pipeline.stage import write_json

    report = compare_runs(arguments.dense, arguments.switch, arguments.output, EvaluateConfig())
    if arguments.json:
        write_json(arguments.json, report)
    print(closing_text(report, arguments.output))


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
