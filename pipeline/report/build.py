"""From two run folders to a finished report folder."""

import json
from pathlib import Path
from typing import Any

from langs.errors import InputError
from pipeline import stage
from pipeline.evaluate.config import EvaluateConfig
from pipeline.evaluate.gains import REPORT_FORMAT, build_report
from pipeline.evaluate.metrics import FILE_NAME, read_run
from pipeline.report.page import html
from pipeline.report.tables import curves_csv, groups_csv, languages_csv, markdown

PAGE, DATA = "index.html", "report.json"


def compare_runs(dense: Path, switch: Path, output: Path, config: EvaluateConfig) -> dict[str, Any]:
    """Compare two runs, write the report folder `output` and return what is in report.json.

    Nothing is done where the folder is already of these metrics and settings. An older report is
    replaced (metrics grow while runs go on), a folder of any other kind never: InputError.
    """
    baseline, model = read_run(dense), read_run(switch)
    settings = {"report_format": REPORT_FORMAT, "aims": vars(config)}
    metrics = {"dense": dense / FILE_NAME, "switch": switch / FILE_NAME}
    made_from = stage.fingerprint(settings, metrics)
    older = _fingerprint_of_report(output)
    if older == made_from:
        return json.loads((output / DATA).read_text(encoding="utf-8"))
    report = build_report(baseline, model, config)
    with stage.partial_folder(output, replace=older is not None) as folder:
        write_report(report, folder)
        stage.mark_complete(folder, made_from, report["summary"])
    return report


def write_report(report: dict[str, Any], folder: Path) -> None:
    """Write report.json, index.html, README.md, the CSV tables and the plots."""
    from pipeline.report.plots import write_plots  # matplotlib takes a second to import

    stage.write_json(folder / DATA, report)
    figures = write_plots(report, folder)
    stage.write_text(folder / "README.md", markdown(report, figures))
    stage.write_text(folder / "languages.csv", languages_csv(report))
    stage.write_text(folder / "curves.csv", curves_csv(report))
    stage.write_text(folder / "groups.csv", groups_csv(report))
    stage.write_text(folder / PAGE, html(report))


def _fingerprint_of_report(folder: Path) -> dict[str, Any] | None:
    """What a finished report was made from; None where there is none yet."""
    marker = folder / stage.SUCCESS
    if not marker.is_file():
        return None
    made_from: dict[str, Any] = stage.read_summary_file(marker)["fingerprint"]
    if "report_format" not in (made_from.get("configuration") or {}):
        raise InputError(f"{folder} is not a report but another result; choose another --output")
    return made_from
