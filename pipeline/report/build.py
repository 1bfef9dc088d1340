"""From run folders to a finished report folder: of two runs, or of any number of models."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.evaluate.comparison import build_comparison, build_pair
from pipeline.evaluate.report import FORMAT, Report
from pipeline.evaluate.runs.metrics import FILE_NAME, NotYetError, Run, read_run
from pipeline.evaluate.runs.pairing import check_roles
from pipeline.report import model_card
from pipeline.report.report_folder import made, read
from pipeline.report.routing.course import course_csv, course_markdown
from pipeline.report.routing.tables import routing_csv, routing_markdown
from pipeline.report.runs import csv_tables, latex_tables, tables
from pipeline.report.runs.page import html
from pipeline.stages import folders as stage

PAGE, DATA, BOARD = "index.html", "report.json", "tensorboard"


def compare_runs(dense: Path, switch: Path, output: Path) -> Report:
    """Compare two runs, write the report folder `output` and return the content of report.json.

    Nothing is done where the folder is already of these metrics and settings. An older report is
    replaced (metrics grow while runs go on), a folder of any other kind never: InputError.
    """
    metrics = {"dense": dense / FILE_NAME, "switch": switch / FILE_NAME}

    def build() -> Report:
        baseline, model = read_run(dense), read_run(switch)
        check_roles(baseline, model)
        return build_pair(baseline, model)

    return _made(output, {}, metrics, build)


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
    first, *others = dict.fromkeys(folder.resolve() for folder in given)
    settings = {
        "baseline": str(first),
        "teacher": str(teacher.resolve()) if teacher else None,
        "quality": quality,
    }
    metrics = {str(folder): folder / FILE_NAME for folder in (first, *others)}

    def build() -> Report:
        read = {first: read_run(first)} | _read(others, going_on)
        taught = read.get(teacher.resolve()) if teacher else None
        report = build_comparison(list(read.values()), read[first], taught, quality)
        late = [f"{folder} has no validation yet." for folder in others if folder not in read]
        return replace(report, notes=report.notes + late)

    return _made(output, settings, metrics, build)


def read_report(folder: Path) -> Report:
    """The report in a finished folder. Raises InputError if it is damaged."""
    return Report.from_json(read(folder / DATA), str(folder / DATA))


def closing_text(report: Report, output: Path) -> str:
    """The summary of a report for the terminal, and where its page is."""
    return f"{tables.screen_text(report)}\nReport: {output / PAGE}"


def write_report(report: Report, folder: Path) -> None:
    """Write report.json, index.html, README.md, the tables and the plots."""
    from pipeline.report.routing.plot import write_routing_plot
    from pipeline.report.runs.plots import write_plots  # matplotlib takes a second to import

    stage.write_json(folder / DATA, report.to_json())
    images = write_plots(report, folder) + write_routing_plot(report, folder)
    body = tables.markdown(report, images) + routing_markdown(report) + course_markdown(report)
    texts = {
        "README.md": model_card.page(report, body),
        "tables.tex": latex_tables.document(report),
        "languages.csv": csv_tables.languages_csv(report),
        "curves.csv": csv_tables.curves_csv(report),
        "groups.csv": csv_tables.groups_csv(report),
        PAGE: html(report),
    }
    if not report.two_runs:
        texts["models.csv"] = csv_tables.models_csv(report)
    if report.translation:
        texts["directions.csv"] = csv_tables.directions_csv(report)
    if report.routing_by_language:
        texts["routing.csv"] = routing_csv(report)
    if report.routing_course:
        texts["routers.csv"] = course_csv(report)
    for name, text in texts.items():
        stage.write_text(folder / name, text)


def _made(
    output: Path,
    settings: dict[str, Any],
    metrics: dict[str, Path],
    build: Callable[[], Report],
) -> Report:
    """The report in the folder `output`, built only where it is not of these metrics yet."""
    place = str(output / DATA)
    content = made(
        output,
        DATA,
        {"report_format": FORMAT, **settings},
        metrics,
        lambda: build().to_json(),
        lambda content, folder: write_report(Report.from_json(content, place), folder),
        keep=[BOARD],
    )
    return Report.from_json(content, place)


def _read(folders: Sequence[Path], going_on: bool) -> dict[Path, Run]:
    """The runs, without those that have no validation if they are going on."""
    runs = {}
    for folder in folders:
        try:
            runs[folder] = read_run(folder)
        except NotYetError:
            if not going_on:
                raise
    return runs
