"""Scores of translators, and the share of a teacher's gain in them, by hand."""

from pathlib import Path
from typing import Any

import fake_runs
import pytest

from pipeline.evaluate.comparison import build_comparison
from pipeline.evaluate.runs.metrics import NotYetError, Run, read_run
from pipeline.report.runs.csv_tables import directions_csv
from pipeline.report.runs.tables import screen_text

Scores = dict[str, tuple[float, float]]
"""Negative log perplexity and chrF++ of each direction."""


def run(folder: Path, name: str, *validations: Scores, seed: int = 1, **header: Any) -> Run:
    """Validated every 100 steps."""
    lines = []
    for number, scores in enumerate(validations, 1):
        line = fake_runs.valid(number * 100, 20, 1e9, **{d: nlp for d, (nlp, _) in scores.items()})
        for direction, (_, chrf) in scores.items():
            line["languages"][direction]["chrf++"] = chrf
        lines.append(line)
    config = {"command": header.pop("command", [])}
    first = fake_runs.header(architecture=name, seed=seed, config=config, **header)
    return read_run(fake_runs.write_run(folder / f"{name}-{seed}", first, *lines))


def dense(folder: Path, **header: Any) -> Run:
    """Best after 100 steps by chrF++ (a mean of 25), after 200 by negative log perplexity."""
    early: Scores = {"en-fr": (-3.0, 30.0), "fr-en": (-4.0, 20.0)}
    late: Scores = {"en-fr": (-2.5, 28.0), "fr-en": (-3.5, 20.0)}
    return run(folder, "dense", early, late, **header)


def switch(folder: Path, *last: Scores) -> Run:
    scores = last or ({"en-fr": (-2.0, 40.0), "fr-en": (-3.0, 18.0)},)
    return run(folder, "switch", *scores, experts=8, parameters=4000)


def test_shares_of_directions_are_of_the_best_validation(tmp_path: Path) -> None:
    baseline, teacher = dense(tmp_path), switch(tmp_path)
    student = run(tmp_path, "student", {"en-fr": (-2.8, 33.0), "fr-en": (-3.5, 21.0)})
    report = build_comparison([baseline, teacher, student], baseline, teacher)
    made = report.to_json()
    means = made["translation"]["models"]
    assert means["dense"] == {"steps": [100], "chrf++": 25.0, "neg_log_perplexity": -3.5}
    # Means: chrF++ 25, 29, 27; negative log perplexity -3.5, -2.5, -3.15.
    assert means["student"]["share_of_chrf++_gain_kept"] == pytest.approx(2 / 4)
    assert means["student"]["share_of_gain_kept"] == pytest.approx(0.35 / 1)
    directions = made["translation"]["directions"]
    french, english = (directions[name]["student"] for name in ("en-fr", "fr-en"))
    assert french["share_of_chrf++_gain_kept"] == pytest.approx(3 / 10)
    assert french["share_of_gain_kept"] == pytest.approx(0.2 / 1)
    assert english["share_of_chrf++_gain_kept"] is None  # the teacher lost chrF++ there
    assert english["share_of_gain_kept"] == pytest.approx(0.5 / 1)
    assert "fr-en,dense,20.0,-4.0,,\n" in directions_csv(report)
    shown = screen_text(report)
    assert "Translation" in shown
    assert "27.00" in shown
    assert "50 %" in shown


def test_seeds_count_by_their_mean(tmp_path: Path) -> None:
    baseline, other = dense(tmp_path), dense(tmp_path, seed=2)
    better = run(tmp_path, "other", {"en-fr": (-2.0, 50.0), "fr-en": (-2.0, 30.0)})
    third = run(tmp_path, "other", {"en-fr": (-1.0, 52.0), "fr-en": (-2.0, 30.0)}, seed=2)
    made = build_comparison([baseline, other, better, third], baseline).to_json()["translation"]
    assert made["models"]["other"]["chrf++"] == pytest.approx(40.5)
    assert made["directions"]["en-fr"]["other"]["neg_log_perplexity"] == pytest.approx(-1.5)


def test_a_teacher_better_in_chrf_alone_still_has_a_gain(tmp_path: Path) -> None:
    baseline = dense(tmp_path)
    teacher = switch(tmp_path / "a", {"en-fr": (-9.0, 60.0), "fr-en": (-9.0, 60.0)})
    student = run(tmp_path, "student", {"en-fr": (-3.0, 32.0), "fr-en": (-4.0, 32.0)})
    report = build_comparison([baseline, teacher, student], baseline, teacher)
    made = report.to_json()
    assert made["models"]["student"]["share_of_gain_kept"] is None
    kept = made["translation"]["models"]["student"]["share_of_chrf++_gain_kept"]
    assert kept == pytest.approx(7 / 35)
    screen_text(report)
    worse = switch(tmp_path / "b", {"en-fr": (-9.0, 3.0), "fr-en": (-9.0, 3.0)})
    with pytest.raises(NotYetError, match="is not better than the baseline"):
        build_comparison([baseline, worse, student], baseline, worse)


def test_other_translated_pairs_do_not_compare(tmp_path: Path) -> None:
    baseline = dense(tmp_path, command=["--translated-pairs", "20"])
    other = run(
        *(tmp_path, "other", {"en-fr": (-2.0, 50.0), "fr-en": (-2.0, 30.0)}),
        **{"command": ["--translated-pairs", "5"]},
    )
    made = build_comparison([baseline, other], baseline).to_json()
    assert made["translation"] is None
    assert made["notes"][-1].endswith("other pairs (translated_pairs 20, 5).")


def test_runs_of_pretraining_have_no_scores(tmp_path: Path) -> None:
    folder = tmp_path / "pretrained"
    line = fake_runs.valid(100, 20, 1e9, **{"en-fr": -2.0, "fr-en": -2.0})
    fake_runs.write_run(folder, fake_runs.header(architecture="t5"), line)
    made = build_comparison([dense(tmp_path), read_run(folder)], dense(tmp_path)).to_json()
    assert made["translation"] is None
