"""From run folders to a finished report folder: of two runs, or of any number of models."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from langs.errors import InputError
from pipeline import stage
from pipeline.evaluate.comparison import COMPARISON_FORMAT, build_comparison
from pipeline.evaluate.config import EvaluateConfig
from pipeline.evaluate.gains import REPORT_FORMAT, build_report, document_intervals
from pipeline.evaluate.metrics import FILE_NAME, NotYetError, Run, read_run
from pipeline.evaluate.pairing import check_roles
from pipeline.report import comparison_tables
from pipeline.report.comparison_page import html as comparison_html
from pipeline.report.page import html
from pipeline.report.tables import curves_csv, groups_csv, languages_csv, markdown

PAGE, DATA, BOARD = "index.html", "report.json", "tensorboard"
Report = dict[str, Any]


def compare_runs(dense: Path, switch: Path, output: Path, config: EvaluateConfig) -> Report:
    """Compare two runs, write the report folder `output` and return what is in report.json.

    Nothing is done where the folder is already of these metrics and settings. An older report is
    replaced (metrics grow while runs go on), a folder of any other kind never: InputError.
    """
    settings = {"report_format": REPORT_FORMAT, "aims": vars(config)}
    metrics = {"dense": dense / FILE_NAME, "switch": switch / FILE_NAME}

    def build() -> Report:
        baseline, model = read_run(dense), read_run(switch)
        check_roles(baseline, model)
        return build_report(baseline, model, config, document_intervals(baseline, model))

    return _made(output, settings, metrics, build, write_report)


def compare_models(
    runs: Sequence[Path],
    baseline: Path,
    output: Path,
    teacher: Path | None = None,
    quality: float | None = None,
    going_on: bool = False,
) -> Report:
    """Compare any number of runs with a baseline, as `compare_runs` does with two.

    Baseline and teacher may be among `runs` or not; `quality` as in `build_comparison`. Runs that
    are `going_on` are left out, with a note, as long as they have no validation.
    """
    given = [baseline, *runs, *([teacher] if teacher else [])]
    first, *others = dict.fromkeys(one.resolve() for one in given)
    settings = {
        "report_format": COMPARISON_FORMAT,
        "baseline": str(first),
        "teacher": str(teacher.resolve()) if teacher else None,
        "quality": quality,
    }
    metrics = {str(folder): folder / FILE_NAME for folder in (first, *others)}

    def build() -> Report:
        found = {first: read_run(first)} | _read(others, going_on)
        taught = found.get(teacher.resolve()) if teacher else None
        report = build_comparison(list(found.values()), found[first], taught, quality)
        report["notes"] += [f"{one} has no validation yet." for one in others if one not in found]
        return report

    return _made(output, settings, metrics, build, write_comparison)


def write_report(report: Report, folder: Path) -> None:
    """Write report.json, index.html, README.md, the CSV tables and the plots."""
    from pipeline.report.plots import write_plots  # matplotlib takes a second to import

    stage.write_json(folder / DATA, report)
    figures = write_plots(report, folder)
    stage.write_text(folder / "README.md", markdown(report, figures))
    stage.write_text(folder / "languages.csv", languages_csv(report))
    stage.write_text(folder / "curves.csv", curves_csv(report))
    stage.write_text(folder / "groups.csv", groups_csv(report))
    stage.write_text(folder / PAGE, html(report))


def write_comparison(report: Report, folder: Path) -> None:
    """Write the files of a comparison: report.json, index.html, README.md, CSV tables and plots."""
    from pipeline.report.comparison_plots import write_comparison_plots

    stage.write_json(folder / DATA, report)
    figures = write_comparison_plots(report, folder)
    stage.write_text(folder / "README.md", comparison_tables.markdown(report, figures))
    stage.write_text(folder / "models.csv", comparison_tables.models_csv(report))
    stage.write_text(folder / "languages.csv", comparison_tables.languages_csv(report))
    stage.write_text(folder / "curves.csv", comparison_tables.curves_csv(report))
    stage.write_text(folder / "groups.csv", comparison_tables.groups_csv(report))
    stage.write_text(folder / PAGE, comparison_html(report))


def _read(folders: Sequence[Path], going_on: bool) -> dict[Path, Run]:
    """The runs, without those that have no validation if they are going on."""
    found = {}
    for folder in folders:
        try:
            found[folder] = read_run(folder)
        except NotYetError:
            if not going_on:
                raise
    return found


def _made(
    output: Path,
    settings: dict[str, Any],
    metrics: dict[str, Path],
    build: Callable[[], Report],
    write: Callable[[Report, Path], None],
) -> Report:
    """The report in `output`, built and written only where it is not of these metrics yet.

    The fingerprint is taken first: should metrics grow meanwhile, the next call builds again.
    """
    there = {name: path for name, path in metrics.items() if path.is_file()}
    made_from = stage.fingerprint(settings, there)
    older = _fingerprint_of_report(output)
    if older == made_from:
        return json.loads((output / DATA).read_text(encoding="utf-8"))
    report = build()
    with stage.partial_folder(output, replace=older is not None, keep=[BOARD]) as folder:
        write(report, folder)
        stage.mark_complete(folder, made_from, report["summary"])
    return report


def _fingerprint_of_report(folder: Path) -> dict[str, Any] | None:
    """What a finished report was made from; None where there is none yet."""
    marker = folder / stage.SUCCESS
    if not marker.is_file():
        return None
    made_from: dict[str, Any] = stage.read_summary_file(marker)["fingerprint"]
    if "report_format" not in (made_from.get("configuration") or {}):
        raise InputError(f"{folder} is not a report but another result; choose another --output")
    return made_from
