"""From run folders to a finished report folder: of two runs, or of any number of models."""

from collections.abc import Sequence
from pathlib import Path

from pipeline.evaluate.comparison import COMPARISON_FORMAT, build_comparison
from pipeline.evaluate.pair import REPORT_FORMAT, build_report, document_intervals
from pipeline.evaluate.routing.by_language import routing_by_language
from pipeline.evaluate.runs.metrics import FILE_NAME, NotYetError, Run, read_run
from pipeline.evaluate.runs.pairing import check_roles
from pipeline.report import model_card
from pipeline.report.folder import Report, made
from pipeline.report.routing.tables import routing_csv, routing_markdown
from pipeline.report.runs import comparison_tables, latex_tables
from pipeline.report.runs.comparison_page import html as comparison_html
from pipeline.report.runs.page import html
from pipeline.report.runs.scoreboard import verdict
from pipeline.report.runs.tables import (
    curves_csv,
    groups_csv,
    languages_csv,
    markdown,
    summary_text,
)
from pipeline.report.runs.translation_tables import directions_csv
from pipeline.stages import folders as stage

PAGE, DATA, BOARD = "index.html", "report.json", "tensorboard"


def compare_runs(dense: Path, switch: Path, output: Path) -> Report:
    """Compare two runs, write the report folder `output` and return what is in report.json.

    Nothing is done where the folder is already of these metrics and settings. An older report is
    replaced (metrics grow while runs go on), a folder of any other kind never: InputError.
    """
    settings = {"report_format": REPORT_FORMAT}
    metrics = {"dense": dense / FILE_NAME, "switch": switch / FILE_NAME}

    def build() -> Report:
        baseline, model = read_run(dense), read_run(switch)
        check_roles(baseline, model)
        by_language = routing_by_language({"baseline": baseline, "model": model})
        intervals = document_intervals(baseline, model)
        return build_report(baseline, model, intervals, by_language)

    return made(output, DATA, settings, metrics, build, write_report, keep=[BOARD])


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

    return made(output, DATA, settings, metrics, build, write_comparison, keep=[BOARD])


def closing_text(report: Report, output: Path) -> str:
    """The summary of a report for the terminal, and where its page is."""
    if "models" in report:
        return f"{comparison_tables.screen_text(report)}\nReport: {output / PAGE}"
    notes = list(report["notes"])
    if report["left_out"]:
        notes.append(f"Left out, as only one run validated them: {', '.join(report['left_out'])}.")
    lines = [verdict(report), *notes]
    return "\n".join([summary_text(report), "", *lines, f"Report: {output / PAGE}"])


def write_report(report: Report, folder: Path) -> None:
    """Write report.json, index.html, README.md, the tables and the plots."""
    from pipeline.report.routing.plot import write_routing_plot
    from pipeline.report.runs.plots import write_plots  # matplotlib takes a second to import

    stage.write_json(folder / DATA, report)
    figures = write_plots(report, folder) + write_routing_plot(report, folder)
    body = markdown(report, figures) + routing_markdown(report)
    stage.write_text(folder / "README.md", model_card.page(report, body))
    stage.write_text(folder / "tables.tex", latex_tables.of_two_runs(report))
    stage.write_text(folder / "languages.csv", languages_csv(report))
    stage.write_text(folder / "curves.csv", curves_csv(report))
    stage.write_text(folder / "groups.csv", groups_csv(report))
    _write_routing(report, folder)
    stage.write_text(folder / PAGE, html(report))


def write_comparison(report: Report, folder: Path) -> None:
    """Write the files of a comparison: report.json, index.html, README.md, tables and plots."""
    from pipeline.report.routing.plot import write_routing_plot
    from pipeline.report.runs.comparison_plots import write_comparison_plots

    stage.write_json(folder / DATA, report)
    figures = write_comparison_plots(report, folder) + write_routing_plot(report, folder)
    body = comparison_tables.markdown(report, figures) + routing_markdown(report)
    stage.write_text(folder / "README.md", model_card.page(report, body))
    stage.write_text(folder / "tables.tex", latex_tables.of_models(report))
    stage.write_text(folder / "models.csv", comparison_tables.models_csv(report))
    stage.write_text(folder / "languages.csv", comparison_tables.languages_csv(report))
    stage.write_text(folder / "curves.csv", comparison_tables.curves_csv(report))
    stage.write_text(folder / "groups.csv", comparison_tables.groups_csv(report))
    if report["translation"]:
        stage.write_text(folder / "directions.csv", directions_csv(report))
    _write_routing(report, folder)
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


def _write_routing(report: Report, folder: Path) -> None:
    """Write routing.csv where a run says what its routers did."""
    if report["routing_by_language"]:
        stage.write_text(folder / "routing.csv", routing_csv(report))
