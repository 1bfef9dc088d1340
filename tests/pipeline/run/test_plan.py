from pathlib import Path

import pytest

from pipeline.run import plan
from pipeline.run.config import RunConfig
from pipeline.run.step import duration
from pipeline.training.pretrain import PretrainConfig


def config(**more: object) -> RunConfig:
    return RunConfig(input=["a.wet"], output="runs/a", **more)  # type: ignore[arg-type]


def needs(made: RunConfig) -> dict[str, set[str]]:
    return {step.name: set(step.needs) for step in plan.steps(made)}


def test_the_pair_alone() -> None:
    assert needs(config()) == {
        "corpus": set(),
        "prepare": {"corpus"},
        "dense": {"prepare"},
        "switch": {"prepare"},
        "report": {"dense", "switch"},
    }


def test_translators_need_their_model_and_the_bitext_which_needs_no_model() -> None:
    made = needs(config(parallel=["a.tsv"]))
    assert made["translation/bitext"] == {"prepare"}
    assert made["translation/switch"] == {"switch", "translation/bitext"}
    assert made["translation/text/switch"] == {"translation/switch"}
    assert made["translation/scores"] == {"translation/text/dense", "translation/text/switch"}


def test_seeds_and_variants_need_the_shards_alone_and_the_comparison_all_of_them() -> None:
    made = needs(config(further_seeds=[2], variants={"wide": PretrainConfig()}))
    trainings = {"dense", "switch", "dense-seed2", "switch-seed2", "wide"}
    assert all(made[name] == {"prepare"} for name in trainings)
    assert made["comparison"] == trainings
    assert made["report"] == {"dense", "switch"}


@pytest.mark.parametrize("start", ["runs/a/dense/checkpoint_last.pt", "{here}/runs/a/dense/x.pt"])
def test_a_training_that_starts_from_another_of_the_run_needs_it(start: str) -> None:
    settings = PretrainConfig(initialise_from=start.format(here=Path.cwd()))
    made = needs(config(variants={"more": settings}))
    assert made["more"] == {"prepare", "dense"}
    elsewhere = PretrainConfig(initialise_from="runs/b/dense/x.pt")
    assert needs(config(dense=elsewhere))["dense"] == {"prepare"}


def test_every_step_needs_steps_before_it_and_has_a_name_and_a_folder_of_its_own() -> None:
    steps = plan.steps(
        config(parallel=["a.tsv"], further_seeds=[2, 3], variants={"wide": PretrainConfig()})
    )
    for number, step in enumerate(steps):
        assert set(step.needs) <= {before.name for before in steps[:number]}
    assert len({step.name for step in steps}) == len({step.folder for step in steps}) == len(steps)


def test_durations_are_told_in_seconds_and_minutes() -> None:
    assert [duration(12.4), duration(99.9), duration(184)] == ["12 s", "100 s", "3 min 4 s"]
