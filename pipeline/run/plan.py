"""The stages of a run, in order, each with the stages that it needs.

What a stage imports is imported when it works: a run has a process for each.
"""

from dataclasses import replace
from functools import partial
from pathlib import Path

from pipeline.run import translators
from pipeline.run.config import RUNS, RunConfig
from pipeline.run.step import Step
from pipeline.training.pretrain import PretrainConfig, model_name, pretrain


def steps(config: RunConfig) -> list[Step]:
    """The stages of a run; each needs stages before it alone."""
    output = Path(config.output)
    return [
        Step(
            "corpus",
            "corpus: web pages to clean documents by language",
            output / "corpus",
            (),
            partial(_make_corpus, config),
        ),
        Step(
            "prepare",
            "prepare: tokenizer, mixture and shards",
            output / "shards",
            ("corpus",),
            partial(_prepare, config),
        ),
        *(_training(config, name) for name in trainings(config)),
        *_reports(config),
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


def _make_corpus(config: RunConfig) -> None:
    from pipeline.corpus.job import make_corpus

    make_corpus(config.input, Path(config.output) / "corpus", config.corpus, config.workers)


def _prepare(config: RunConfig) -> None:
    from pipeline.prepare.job import prepare

    output = Path(config.output)
    prepare(output / "corpus", output, config.prepare, workers=config.workers)


def _training(config: RunConfig, name: str) -> Step:
    output, settings = Path(config.output), trainings(config)[name]
    return Step(
        name,
        f"{name}: pretrain {model_name(settings)}",
        output / name,
        ("prepare", *_started_from(config, name)),
        partial(pretrain, output, output / name, settings),
    )


def _started_from(config: RunConfig, name: str) -> list[str]:
    """The trainings before this one in a folder of which it finds its first weights."""
    runs = trainings(config)
    checkpoint = Path(runs[name].initialise_from or "").resolve()
    earlier = list(runs)[: list(runs).index(name)]
    return [
        other for other in earlier if (Path(config.output) / other).resolve() in checkpoint.parents
    ]


def _reports(config: RunConfig) -> list[Step]:
    """The comparison of all runs, where there are more than the pair, and the pair's report."""
    runs, output = list(trainings(config)), Path(config.output)
    every = Step(
        "comparison",
        "comparison: every model and seed",
        output / "comparison",
        tuple(runs),
        partial(_compare_models, config, runs),
    )
    pair = Step(
        "report",
        "report: what Switch gained in each language",
        output / "report",
        RUNS,
        partial(_compare_pair, config),
        partial(_closing_text, output / "report"),
    )
    return [every, pair] if len(runs) > len(RUNS) else [pair]


def _compare_models(config: RunConfig, names: list[str]) -> None:
    from pipeline.report.build import compare_models

    output = Path(config.output)
    runs = [output / name for name in names]
    compare_models(runs, output / RUNS[0], output / "comparison")


def _compare_pair(config: RunConfig) -> None:
    from pipeline.report.build import compare_runs

    dense, switch = (Path(config.output) / name for name in RUNS)
    compare_runs(dense, switch, Path(config.output) / "report")


def _closing_text(folder: Path) -> str:
    from pipeline.report.build import closing_text, read_report

    return closing_text(read_report(folder), folder)
