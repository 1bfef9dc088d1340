"""From files of translations to a report of scores, and to a folder with all forms of it."""

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from langs.errors import InputError
from langs.identify import CLD3, identifier, identity
from models.generation.translation_scores import tokenizer
from pipeline.report import report_folder
from pipeline.report.scores import tables
from pipeline.report.scores.page import html
from pipeline.report.scores.score_report import FORMAT, ScoreReport
from pipeline.stages import folders
from pipeline.stages.progress import progress
from pipeline.translation.score.direction_scores import score_direction
from pipeline.translation.score.summaries import score_report
from pipeline.translation.score.system_files import Files

DATA, PAGE = "score.json", "index.html"


def score(
    files: Sequence[Files],
    left_out: Mapping[str, str],
    baseline: str,
    identifier_name: str = CLD3,
) -> ScoreReport:
    """The scores of all systems on all directions.

    left_out: the directions without files, with reasons, for the report. Raises InputError for
    files that cannot be read or do not fit together, and for an identifier as `identifier` does.
    """
    identify = identifier(identifier_name)
    directions = [direction.read() for direction in files]  # all first: a fault shows at once
    done: list[int] = []
    lines = sum(len(texts.references[0]) * len(texts.hypotheses) for texts in directions)
    with progress("score", "lines", lines, lambda: sum(done)):
        scored = {
            texts.name: score_direction(texts, baseline, identify, done.append)
            for texts in directions
        }
    return score_report(scored, baseline, dict(left_out))


def score_into(
    output: Path,
    files: Sequence[Files],
    left_out: Mapping[str, str],
    baseline: str,
    identifier_name: str = CLD3,
) -> ScoreReport:
    """As `score`, and fill the folder `output`; a report of the same files and settings stays.

    Raises InputError also for a folder that holds anything else, or a damaged score.json.
    """
    settings = {
        "format": FORMAT,
        "sacrebleu": version("sacrebleu"),
        "baseline": baseline,
        "identifier": identifier_name,
        **identity(identifier_name),
        "tokenizers": {direction.target: tokenizer(direction.target) for direction in files},
        "directions": [_described(direction) for direction in files],
        "left_out": dict(left_out),
    }
    inputs = {str(path): path for direction in files for path in direction.paths()}

    def build() -> dict[str, Any]:
        return score(files, left_out, baseline, identifier_name).to_json()

    place = str(output / DATA)
    try:
        content = report_folder.made(output, DATA, settings, inputs, build, _write)
    except json.JSONDecodeError as error:
        raise InputError(f"{place} is damaged ({error}); delete the folder") from error
    return ScoreReport.from_json(content, place)


def read_scores(folder: Path) -> ScoreReport:
    """The scores in a finished folder. Raises InputError if they are damaged."""
    return ScoreReport.from_json(report_folder.read(folder / DATA), str(folder / DATA))


def _described(files: Files) -> dict[str, Any]:
    """The part of a fingerprint for one direction, beyond the content of its files."""
    systems = {name: str(path) for name, path in files.hypotheses.items()}
    test = {"references": [*map(str, files.references)], "sources": str(files.sources)}
    return {"source": files.source, "target": files.target, **test, "systems": systems}


def _write(content: dict[str, Any], folder: Path) -> None:
    write(ScoreReport.from_json(content, DATA), folder)


def write(report: ScoreReport, folder: Path) -> None:
    """Write score.json, index.html, README.md and the CSV tables."""
    folders.write_json(folder / DATA, report.to_json())
    folders.write_text(folder / PAGE, html(report))
    folders.write_text(folder / "README.md", tables.markdown(report))
    folders.write_text(folder / "directions.csv", tables.directions_csv(report))
    folders.write_text(folder / "groups.csv", tables.groups_csv(report))
