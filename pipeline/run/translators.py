"""The part of a run that makes translators: parallel text, fine-tuning, translations, scores."""

from functools import partial
from pathlib import Path

from pipeline.run.config import RUNS, RunConfig
from pipeline.run.step import Step
from pipeline.training.finetune import finetune
from pipeline.translation.translate.held_out import translate_split

_BITEXT, _SCORES = "translation/bitext", "translation/scores"


def steps(config: RunConfig) -> list[Step]:
    """From parallel text to the scores of both models."""
    output = Path(config.output)
    return [
        Step(
            _BITEXT,
            "bitext: parallel text to clean pairs and shards",
            output / _BITEXT,
            ("prepare",),
            partial(_make_bitext, config),
        ),
        *(_finetuning(config, name) for name in RUNS),
        *(_translating(config, name) for name in RUNS),
        Step(
            _SCORES,
            "scores: how well both translate",
            output / _SCORES,
            tuple(map(_text, RUNS)),
            partial(_score, config),
            partial(_closing_text, output / _SCORES),
        ),
    ]


def _tuned(name: str) -> str:
    return f"translation/{name}"


def _text(name: str) -> str:
    return f"translation/text/{name}"


def _make_bitext(config: RunConfig) -> None:
    from pipeline.translation.bitext.job import make_bitext

    output = Path(config.output)
    make_bitext(config.parallel, output, output / _BITEXT, config.bitext, workers=config.workers)


def _finetuning(config: RunConfig, name: str) -> Step:
    output = Path(config.output)
    pretrained, run = output / name / "checkpoint_last.pt", output / _tuned(name)
    return Step(
        _tuned(name),
        f"{name}: fine-tune for translation",
        run,
        (name, _BITEXT),
        partial(finetune, pretrained, output / _BITEXT, run, config.finetune),
    )


def _translating(config: RunConfig, name: str) -> Step:
    output = Path(config.output)
    best, text = output / _tuned(name) / "checkpoint_best.pt", output / _text(name)
    return Step(
        _text(name),
        f"{name}: translate {config.translate.split} text",
        text,
        (_tuned(name),),
        partial(translate_split, best, output / _BITEXT, text, config.translate),
    )


def _score(config: RunConfig) -> None:
    from pipeline.translation.score import job, system_files

    output = Path(config.output)
    systems = {name: output / _text(name) for name in RUNS}
    files, left_out = system_files.many_directions(
        systems, [output / _BITEXT], config.translate.split
    )
    job.score_into(output / _SCORES, files, left_out, RUNS[0], config.corpus.identifier)


def _closing_text(scores: Path) -> str:
    """The means of both models, and where the scores are."""
    from pipeline.report.scores.tables import summary_text
    from pipeline.translation.score.job import PAGE, read_scores

    return f"{summary_text(read_scores(scores))}\nScores: {scores / PAGE}"
