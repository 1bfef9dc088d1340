"""A report with other content, for tests: changed as JSON and read again."""

from collections.abc import Callable
from typing import Any

from pipeline.evaluate.report import Report


def changed(report: Report, change: Callable[[dict[str, Any]], Any]) -> Report:
    """The report after `change` of its JSON values."""
    content = report.to_json()
    change(content)
    return Report.from_json(content, "report.json")


def renamed(report: Report, code: str, name: str) -> Report:
    """The report with another name of a language."""
    return changed(report, lambda content: content["languages"][code].update(name=name))
