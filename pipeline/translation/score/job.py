"""From files of translations to scores, and to a folder with everything about them."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from langs.identify import CLD3, Identifier, identifier, identity
from models.generation.translation_scores import tokenizer
from pipeline.report.folder import made
from pipeline.report.scores import tables
from pipeline.report.scores.page import html
from pipeline.stages import folders
from pipeline.stages.progress import progress
from pipeline.translation.score.direction import score_direction
from pipeline.translation.score.score_report import SCORES_FORMAT, build_scores
from pipeline.translation.score.systems import Files

DATA, PAGE = "score.json", "index.html"


def score(
    files: Sequence[Files], left_out: Mapping[str, str], baseline: str, identifier_name: str = CLD3
) -> dict[str, Any]:
    """What is in score.json. Raises InputError for files that cannot be read or do not fit."""
    identify: Identifier = identifier(identifier_name)
    every = [one.read() for one in files]  # all of them first: a fault shows at once
    done: list[int] = []
    lines = sum(len(one.references) * len(one.hypotheses) for one in every)
    with progress("score", "lines", lines, lambda: sum(done)):
        scored = {one.name: score_direction(one, baseline, identify, done.append) for one in every}
    return build_scores(scored, baseline, dict(left_out))


def score_into(
    output: Path,
    files: Sequence[Files],
    left_out: Mapping[str, str],
    baseline: str,
    identifier_name: str = CLD3,
) -> dict[str, Any]:
    """As `score`, and fill the folder `output`; one of these very files and settings stays.

    Raises InputError for a folder that holds anything else.
    """
    settings = {
        "format": SCORES_FORMAT,
        "sacrebleu": version("sacrebleu"),
        "baseline": baseline,
        "identifier": identifier_name,
        **identity(identifier_name),
        "tokenizers": {one.target: tokenizer(one.target) for one in files},
        "directions": [_described(one) for one in files],
        "left_out": dict(left_out),
    }
    inputs = {str(path): path for one in files for path in one.paths()}
    return made(
        output,
        DATA,
        settings,
        inputs,
        lambda: score(files, left_out, baseline, identifier_name),
        write,
    )


def _described(files: Files) -> dict[str, Any]:
    """What a fingerprint says of a direction beyond the content of its files."""
    systems = {name: str(path) for name, path in files.hypotheses.items()}
    test = {"references": str(files.references), "sources": str(files.sources)}
    return {"source": files.source, "target": files.target, **test, "systems": systems}


def write(report: dict[str, Any], folder: Path) -> None:
    """Write score.json, index.html, README.md and the CSV tables."""
    folders.write_json(folder / DATA, report)
    folders.write_text(folder / PAGE, html(report))
    folders.write_text(folder / "README.md", tables.markdown(report))
    folders.write_text(folder / "directions.csv", tables.directions_csv(report))
    folders.write_text(folder / "groups.csv", tables.groups_csv(report))
