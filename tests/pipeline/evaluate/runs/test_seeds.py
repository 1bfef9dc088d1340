from pathlib import Path
from typing import Any

import fake_runs
import pytest

from langs.errors import InputError
from pipeline.evaluate.runs.metrics import Run, read_run
from pipeline.evaluate.runs.seeds import mean_run, models_of


def run(folder: Path, *valid: dict[str, Any], command: tuple[str, ...] = (), **changes: Any) -> Run:
    config = {"model": {"experts": changes.get("experts", 0)}, "command": list(command)}
    header = fake_runs.header(**({"config": config} | changes))
    lines = valid or (fake_runs.valid(100, 20, 1e9, en=-4.0),)
    return read_run(fake_runs.write_run(folder, header, *lines))


def test_runs_that_differ_in_seed_and_places_are_one_model(tmp_path: Path) -> None:
    runs = [
        run(
            tmp_path / str(seed),
            command=("data", "--lr", "0.01", "--seed", str(seed), "--save-dir", f"runs/{seed}"),
            seed=seed,
        )
        for seed in (1, 2, 3)
    ]
    (model,) = models_of(runs)
    assert (model.name, model.seeds, model.runs) == ("t5_tiny", [1, 2, 3], tuple(runs))


def test_models_are_named_by_what_tells_them_apart(tmp_path: Path) -> None:
    sparse = {"architecture": "switch_tiny"}
    names = [
        model.name
        for model in models_of(
            [
                run(tmp_path / "dense"),
                run(tmp_path / "2", **sparse, experts=2, parameters=2000, command=("--lr", "0.1")),
                run(tmp_path / "4", **sparse, experts=4, parameters=4000, command=("--lr", "0.1")),
                run(tmp_path / "lr", **sparse, experts=4, parameters=4000, command=("--lr=0.2",)),
            ]
        )
    ]
    assert names == [
        "t5_tiny",
        "switch_tiny experts=2 lr=0.1",
        "switch_tiny experts=4 lr=0.1",
        "switch_tiny experts=4 lr=0.2",
    ]


def test_files_of_a_run_s_own_folder_are_no_difference(tmp_path: Path) -> None:
    commands = [
        ("--save-dir", f"runs/{seed}", "--finetune-from-model", f"runs/{seed}/first.pt")
        for seed in (1, 2)
    ]
    runs = [
        run(tmp_path / str(seed), command=command, seed=seed)
        for seed, command in enumerate(commands)
    ]
    assert [model.seeds for model in models_of(runs)] == [[0, 1]]


def test_paths_are_in_names_only_where_nothing_else_differs(tmp_path: Path) -> None:
    commands = [("--teacher", "a/c.pt", "--lr", "1"), ("--teacher", "b/c.pt", "--lr", "2")]
    runs = [run(tmp_path / command[1], command=command) for command in commands]
    assert [model.name for model in models_of(runs)] == ["t5_tiny lr=1", "t5_tiny lr=2"]
    commands.append(("--teacher", "c/c.pt", "--lr", "2"))
    runs.append(run(tmp_path / "c", command=commands[2]))
    names = [model.name for model in models_of(runs)]
    assert names[0] == "t5_tiny lr=1"
    assert names[1:] == ["t5_tiny lr=2 teacher=b/c.pt", "t5_tiny lr=2 teacher=c/c.pt"]


@pytest.mark.parametrize("config", [None, "text", {"command": "text"}, {"command": [1, None]}])
def test_a_header_of_another_program_still_groups(tmp_path: Path, config: object) -> None:
    runs = [run(tmp_path / str(seed), seed=seed, config=config) for seed in (1, 2)]
    assert [model.seeds for model in models_of(runs)] == [[1, 2]]


def test_the_same_seed_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the same configuration with the same seed"):
        models_of([run(tmp_path / "a"), run(tmp_path / "b")])


def test_mean_run_by_hand(tmp_path: Path) -> None:
    one = run(
        tmp_path / "1",
        fake_runs.valid(100, 20, 1e9, en=-4.0, fr=-6.0),
        fake_runs.valid(200, 40, 2e9, en=-3.0, fr=-5.0),
        seed=1,
    )
    two = run(
        tmp_path / "2",
        fake_runs.valid(100, 30, 1e9, en=-5.0),  # French is missing here
        fake_runs.valid(150, 45, 1.5e9, en=-4.5, fr=-5.5),  # no such step in the other
        fake_runs.valid(200, 60, 2e9, en=-4.0, fr=-5.0),
        seed=2,
    )
    mean = mean_run([one, two])
    assert [validation.cost.steps for validation in mean.validations] == [100, 200]
    assert [validation.cost.seconds for validation in mean.validations] == [37.5, 75]
    assert mean.validations[0].languages["en"].neg_log_perplexity == pytest.approx(-4.5)
    assert list(mean.validations[0].languages) == ["en"]
    assert mean.last.languages["fr"].neg_log_perplexity == pytest.approx(-5.0)


def test_sequences_of_the_last_validation_are_averaged(tmp_path: Path) -> None:
    for seed, nats in (("1", 30.0), ("2", 50.0)):
        run(tmp_path / seed, seed=int(seed))
        rows = {"en": [(nats, 10, 40), (nats + 1, 20, 80)], "fr": [(nats, int(seed), 1)]}
        fake_runs.write_sequences(tmp_path / seed, 100, rows)
    both = [read_run(tmp_path / seed) for seed in ("1", "2")]
    found = mean_run(both).sequences
    assert found is not None
    assert list(found) == ["en"]  # of French the seeds have other sequences
    assert found["en"].tolist() == [[40.0, 10.0, 40.0], [41.0, 20.0, 80.0]]
    longer = run(tmp_path / "3", *(fake_runs.valid(s, s, s, en=-4.0) for s in (100, 200)), seed=3)
    assert mean_run([*both, longer]).sequences is None  # its last validation is another one


def test_seeds_without_a_common_step(tmp_path: Path) -> None:
    one = run(tmp_path / "1", fake_runs.valid(100, 20, 1e9, en=-4.0))
    two = run(tmp_path / "2", fake_runs.valid(150, 20, 1e9, en=-4.0))
    with pytest.raises(InputError, match="no step at which both"):
        mean_run([one, two])


def test_all_values_of_a_flag_tell_models_apart(tmp_path: Path) -> None:
    commands = [("--update-freq", "1", "2", "--gated"), ("--update-freq", "1", "4", "--gated")]
    runs = [run(tmp_path / command[2], command=command) for command in commands]
    first, second = models_of(runs)
    assert first.settings["update_freq"] == "1 2"
    assert second.settings["gated"] == "True"
    assert second.name == "t5_tiny update_freq=1 4"
