"""The part of a run that makes translators: parallel text, fine-tuning, translations, scores."""

from functools import partial
from pathlib import Path
from typing import Any

from pipeline.run.config import RUNS, RunConfig
from pipeline.run.step import Step
from pipeline.training.finetune import finetune
from pipeline.translation.bitext.job import make_bitext
from pipeline.translation.translate.held_out import translate_split


def folder(config: RunConfig) -> Path:
    """Where all of it goes: bitext/, dense/, switch/, text/ and scores/."""
    return Path(config.output) / "translation"


def steps(config: RunConfig) -> list[Step]:
    """From parallel text to the scores of both models; the last one returns them."""
    place = folder(config)
    bitext, scores = place / "bitext", place / "scores"
    return [
        Step(
            "bitext: parallel text to clean pairs and shards",
            bitext,
            partial(make_bitext, config.parallel, Path(config.output), bitext, config.bitext),
        ),
        *(_finetuning(config, name) for name in RUNS),
        *(_translating(config, name) for name in RUNS),
        Step("scores: how well both translate", scores, partial(_score, config)),
    ]


def _finetuning(config: RunConfig, name: str) -> Step:
    pretrained, run = Path(config.output) / name / "checkpoint_last.pt", folder(config) / name
    work = partial(finetune, pretrained, folder(config) / "bitext", run, config.finetune)
    return Step(f"{name}: fine-tune for translation", run, work)


def _translating(config: RunConfig, name: str) -> Step:
    best, text = folder(config) / name / "checkpoint_best.pt", folder(config) / "text" / name
    work = partial(translate_split, best, folder(config) / "bitext", text, config.translate)
    return Step(f"{name}: translate {config.translate.split} text", text, work)


def _score(config: RunConfig) -> dict[str, Any]:
    from pipeline.translation.score import job
    from pipeline.translation.score import systems as inputs

    systems = {name: folder(config) / "text" / name for name in RUNS}
    files, left_out = inputs.many_directions(
        systems, folder(config) / "bitext", config.translate.split
    )
    identifier = config.corpus.identifier
    return job.score_into(folder(config) / "scores", files, left_out, RUNS[0], identifier)


def closing_text(report: dict[str, Any], scores: Path) -> str:
    """The means of both models, and where the scores are."""
    from pipeline.report.scores.tables import summary_text
    from pipeline.translation.score.job import PAGE

    return f"{summary_text(report)}\nScores: {scores / PAGE}"
