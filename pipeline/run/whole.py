"""A whole run: corpus, tokenizer and shards, models, report, and translators made of the models.

What is complete is skipped.
"""

import time
from dataclasses import replace
from pathlib import Path

from pipeline.corpus.job import make_corpus
from pipeline.prepare.job import prepare
from pipeline.report.build import closing_text, compare_models, compare_runs
from pipeline.run import config as configuration
from pipeline.run import translators
from pipeline.run.config import RUNS, RunConfig
from pipeline.run.step import Step, duration, perform
from pipeline.stages import folders
from pipeline.stages.progress import say
from pipeline.training.pretrain import PretrainConfig, model_name, pretrain

CONFIG_NAME = "config.yaml"


def run(config: RunConfig) -> None:
    """Run all stages in order and print the summary of the report.

    Writes `config.yaml` into the output folder. Errors of the stages pass up; the same call goes
    on where they stopped.
    """
    started = time.monotonic()
    output = Path(config.output)
    output.mkdir(parents=True, exist_ok=True)
    text = configuration.to_yaml(config)
    if not (output / CONFIG_NAME).exists():
        folders.write_text(output / CONFIG_NAME, text)
    todo = steps(config)
    results = {
        step.folder: perform(step, f"[{number}/{len(todo)}]") for number, step in enumerate(todo, 1)
    }
    folders.write_text(output / CONFIG_NAME, text)
    say(f"All done in {duration(time.monotonic() - started)}.")
    print(f"\n{closing_text(results[output / 'report'], output / 'report')}")
    if config.parallel:
        scores = translators.folder(config) / "scores"
        print(f"\n{translators.closing_text(results[scores], scores)}")


def steps(config: RunConfig) -> list[Step]:
    """The stages of a run in order; those of reports return them."""
    output, workers = Path(config.output), config.workers
    corpus, runs = output / "corpus", trainings(config)
    return [
        Step(
            "corpus: web pages to clean documents by language",
            corpus,
            lambda: make_corpus(config.input, corpus, config.corpus, workers),
        ),
        Step(
            "prepare: tokenizer, mixture and shards",
            output / "shards",
            lambda: prepare(corpus, output, config.prepare, workers=workers or 1),
        ),
        *(_training(output, name, settings) for name, settings in runs.items()),
        *_reports(config, [output / name for name in runs]),
        *(translators.steps(config) if config.parallel else []),
    ]


def trainings(config: RunConfig) -> dict[str, PretrainConfig]:
    """Every training by the name of its folder: the pair, its further seeds, the variants."""
    pair = {"dense": config.dense, "switch": config.switch}
    seeds = {
        f"{name}-seed{seed}": replace(settings, seed=seed)
        for seed in config.further_seeds
        for name, settings in pair.items()
    }
    return pair | seeds | config.variants


def _training(output: Path, name: str, settings: PretrainConfig) -> Step:
    folder = output / name
    title = f"{name}: pretrain {model_name(settings)}"
    return Step(title, folder, lambda: pretrain(output, folder, settings))


def _reports(config: RunConfig, runs: list[Path]) -> list[Step]:
    """The comparison of all runs, where there are more than the pair, and the pair's report."""
    output = Path(config.output)
    dense, switch, report, comparison = (
        output / name for name in ("dense", "switch", "report", "comparison")
    )
    every = Step(
        "comparison: every model and seed",
        comparison,
        lambda: compare_models(runs, dense, comparison),
    )
    pair = Step(
        "report: what Switch gained in each language",
        report,
        lambda: compare_runs(dense, switch, report),
    )
    return [every, pair] if len(runs) > len(RUNS) else [pair]
