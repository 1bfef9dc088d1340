from pathlib import Path
from typing import Any

import fake_runs
import pytest

from langs.errors import InputError
from pipeline.evaluate.comparison import build_comparison
from pipeline.evaluate.runs.metrics import Run, read_run


def compared(*runs: Any, **settings: Any) -> dict[str, Any]:
    """The content of report.json."""
    return build_comparison(*runs, **settings).to_json()


def run(folder: Path, name: str, seed: int, *valid: dict[str, Any], **header: Any) -> Run:
    config = {"model": {"experts": header.get("experts", 0)}, "command": ["--seed", str(seed)]}
    first = fake_runs.header(architecture=name, seed=seed, config=config, **header)
    return read_run(fake_runs.write_run(folder / f"{name}-{seed}", first, *valid))


def dense(folder: Path, seed: int = 1, shift: float = 0.0) -> Run:
    return run(
        folder,
        "t5_tiny",
        seed,
        fake_runs.valid(100, 20, 1e9, en=-5.0 + shift, fr=-6.0 + shift),
        fake_runs.valid(400, 80, 4e9, en=-3.0 + shift, fr=-5.0 + shift),
    )


def switch(folder: Path, seed: int = 1, shift: float = 0.0, **header: Any) -> Run:
    return run(
        folder,
        "switch_tiny",
        seed,
        fake_runs.valid(100, 30, 1e9, en=-4.0 + shift, fr=-5.5 + shift),
        fake_runs.valid(400, 120, 4e9, en=-2.0 + shift, fr=-4.5 + shift),
        **{"experts": 8, "parameters": 4000} | header,
    )


def student(folder: Path) -> Run:
    return run(folder, "student", 1, fake_runs.valid(400, 80, 4e9, en=-2.7, fr=-4.9))


def test_one_seed_a_side_by_hand(tmp_path: Path) -> None:
    baseline = dense(tmp_path)
    made = compared([baseline, switch(tmp_path)], baseline)
    assert (made["baseline"], list(made["models"])) == ("t5_tiny", ["t5_tiny", "switch_tiny"])
    english = made["languages"]["en"]["models"]
    assert english["t5_tiny"]["neg_log_perplexity"] == pytest.approx(-3.0)
    # -4 after 100 steps, -2 after 400: -3 after 250 steps and 75 s.
    assert english["switch_tiny"]["step_speedup"] == pytest.approx(1.6)
    assert english["switch_tiny"]["time_speedup"] == pytest.approx(80 / 75)
    assert english["switch_tiny"]["significant"] is None
    assert english["switch_tiny"]["intervals"]["gain"] is None
    against = made["models"]["switch_tiny"]["against_baseline"]
    assert (against["better"], against["significantly_better"]) == (2, None)
    # The mean curve rises from -4.75 to -3.25; the baseline ends at -4, half of the way.
    assert made["target_quality"] == pytest.approx(-4.0)
    assert made["models"]["switch_tiny"]["steps_to_target"] == pytest.approx(250)
    assert made["models"]["switch_tiny"]["seconds_to_target"] == pytest.approx(75)
    assert made["models"]["t5_tiny"]["steps_to_target"] == pytest.approx(400)


def test_seeds_give_intervals_and_marks(tmp_path: Path) -> None:
    """Seeds at -0.01, 0 and +0.01: both standard deviations are 0.01, t of 4 degrees is 2.776."""
    shifts = {1: -0.01, 2: 0.0, 3: 0.01}
    baselines = [dense(tmp_path, seed, shift) for seed, shift in shifts.items()]
    models = [switch(tmp_path, seed, shift) for seed, shift in shifts.items()]
    made = compared([*baselines, *models], baselines[1])
    english = made["languages"]["en"]["models"]["switch_tiny"]
    half = 2.776 * 0.01 * (2 / 3) ** 0.5
    assert english["intervals"]["gain"] == pytest.approx([1 - half, 1 + half], abs=1e-4)
    assert english["significant"] == 1
    low, high = english["intervals"]["step_speedup"]
    assert low * high == pytest.approx(english["step_speedup"] ** 2)  # even on a log scale
    assert 1 < low < high
    against = made["models"]["switch_tiny"]["against_baseline"]
    assert (against["significantly_better"], against["significantly_worse"]) == (2, 0)
    assert made["models"]["switch_tiny"]["seeds"] == [1, 2, 3]


def test_one_seed_against_several_has_intervals_over_validation_text(tmp_path: Path) -> None:
    """English gains 2 or 3 nats in each sequence of 10 tokens, with the seeds' mean 2.5."""
    folders = [dense(tmp_path).path, switch(tmp_path).path, switch(tmp_path, seed=2).path]
    for folder, gains in zip(folders, ([0] * 6, [1, 2] * 3, [3, 4] * 3), strict=True):
        english = [(30.0 - gain, 10, 40) for gain in gains]
        fake_runs.write_sequences(folder, 400, {"en": english, "fr": english[:4]})
    baseline, *models = map(read_run, folders)
    made = compared([baseline, *models], baseline)
    english = made["languages"]["en"]["models"]["switch_tiny"]
    low, high = english["intervals"]["gain"]
    assert 0.2 <= low < 0.25 < high <= 0.3
    assert english["significant"] == 1
    assert made["languages"]["fr"]["models"]["switch_tiny"]["intervals"]["gain"] is None


def test_a_quality_that_no_model_reaches(tmp_path: Path) -> None:
    baseline = dense(tmp_path)
    made = compared([baseline, switch(tmp_path)], baseline, quality=-1.5)
    assert [one["steps_to_target"] for one in made["models"].values()] == [None, None]


def test_a_student_keeps_its_share_of_the_teacher_s_gain(tmp_path: Path) -> None:
    baseline, teacher = dense(tmp_path), switch(tmp_path)
    made = compared([baseline, teacher, student(tmp_path)], baseline, teacher)
    # Means: baseline -4, teacher -3.25, student -3.8.
    found = made["models"]["student"]
    assert found["share_of_gain_kept"] == pytest.approx(0.2 / 0.75)
    assert found["compression"] == pytest.approx(0.75)
    # English: 0.3 of 1; French: 0.1 of 0.5.
    kept = [made["languages"][c]["models"]["student"]["share_of_gain_kept"] for c in ("en", "fr")]
    assert kept == pytest.approx([0.3, 0.2])
    assert found["median_share_of_gain_kept"] == pytest.approx(0.25)
    roles = [one["role"] for one in made["models"].values()]
    assert roles == ["baseline", "teacher", "student"]


def test_no_share_of_a_language_in_which_the_teacher_gained_nothing(tmp_path: Path) -> None:
    baseline = dense(tmp_path)
    teacher = run(
        *(tmp_path, "switch_tiny", 1, fake_runs.valid(400, 80, 4e9, en=-1.0, fr=-5.5)),
        **{"experts": 8, "parameters": 4000},
    )
    made = compared([baseline, teacher, student(tmp_path)], baseline, teacher)
    kept = [made["languages"][c]["models"]["student"]["share_of_gain_kept"] for c in ("en", "fr")]
    assert kept == [pytest.approx(0.3 / 2), None]


def test_a_dense_model_larger_than_the_baseline_is_no_student(tmp_path: Path) -> None:
    baseline, teacher = dense(tmp_path), switch(tmp_path)
    large = run(
        tmp_path, "t5_large", 1, fake_runs.valid(400, 80, 4e9, en=-2.0, fr=-4.0), parameters=3000
    )
    made = compared([baseline, teacher, large], baseline, teacher)
    assert made["models"]["t5_large"]["role"] == "model"


def test_a_teacher_that_gained_nothing_is_refused(tmp_path: Path) -> None:
    baseline, worse = dense(tmp_path), switch(tmp_path, shift=-2.0)
    with pytest.raises(InputError, match="no gain of which a student could keep"):
        compared([baseline, worse, student(tmp_path)], baseline, worse)


def test_only_seeds_of_the_baseline_are_nothing_to_compare(tmp_path: Path) -> None:
    baseline = dense(tmp_path)
    with pytest.raises(InputError, match="every run is a seed of the baseline"):
        compared([baseline, dense(tmp_path, seed=2)], baseline)


def test_a_language_missing_in_one_run_is_left_out_of_all(tmp_path: Path) -> None:
    baseline = dense(tmp_path)
    other = run(tmp_path, "other", 1, fake_runs.valid(400, 80, 4e9, en=-2.0))
    made = compared([baseline, switch(tmp_path), other], baseline)
    assert list(made["languages"]) == ["en"]
    assert made["left_out"] == {"fr": f"not validated by {other.path}"}
    assert made["models"]["t5_tiny"]["quality"]["neg_log_perplexity"] == pytest.approx(-3.0)


def test_other_data_is_refused(tmp_path: Path) -> None:
    baseline = dense(tmp_path)
    with pytest.raises(InputError, match="different data"):
        compared([baseline, switch(tmp_path, data_sha256="e" * 64)], baseline)


@pytest.mark.parametrize("value", [None, "many", 0, True])
def test_a_run_that_does_not_say_its_size(tmp_path: Path, value: object) -> None:
    baseline = dense(tmp_path)
    with pytest.raises(InputError, match='must have "parameters"'):
        compared([baseline, switch(tmp_path, parameters=value)], baseline)


def test_seeds_that_end_at_different_steps_are_said(tmp_path: Path) -> None:
    baseline = dense(tmp_path)
    killed = run(
        tmp_path,
        "switch_tiny",
        2,
        fake_runs.valid(100, 30, 1e9, en=-4.0, fr=-5.5),
        experts=8,
        parameters=4000,
    )
    made = compared([baseline, switch(tmp_path), killed], baseline)
    assert "end at different steps (400, 100)" in made["notes"][0]
    assert made["models"]["switch_tiny"]["steps"] == 100
