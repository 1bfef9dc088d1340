import json
import math
from pathlib import Path
from typing import Any

import fake_runs
import pytest

from langs.errors import InputError
from pipeline.evaluate.comparison import build_pair
from pipeline.evaluate.runs.metrics import read_run
from pipeline.evaluate.runs.pairing import check_roles

DENSE = [
    fake_runs.header(),
    fake_runs.valid(100, 20, 1e9, en=-5.0, fr=-5.0, sw=-5.0, th=-5.0),
    fake_runs.valid(400, 80, 4e9, en=-3.0, fr=-3.0, sw=-3.0, th=-3.0),
]
SWITCH = [
    fake_runs.header(architecture="switch_tiny", experts=8),
    # en at -3 after 100 steps (4x), fr after 250 (1.6x), sw never, th a tie at the end (1x).
    fake_runs.valid(100, 30, 1e9, en=-3.0, fr=-4.0, sw=-5.0, th=-5.0),
    fake_runs.valid(400, 120, 4e9, en=-2.0, fr=-2.0, sw=-3.5, th=-3.0),
]


def report(folder: Path, dense: list[dict], switch: list[dict]) -> dict[str, Any]:
    baseline = read_run(fake_runs.write_run(folder / "dense", *dense))
    model = read_run(fake_runs.write_run(folder / "switch", *switch))
    return build_pair(baseline, model).to_json()


@pytest.fixture
def made(tmp_path: Path) -> dict[str, Any]:
    return report(tmp_path, DENSE, SWITCH)


def test_summary_by_hand(made: dict[str, Any]) -> None:
    summary = made["summary"]
    assert summary["languages_compared"] == 4
    assert (summary["better"], summary["ties"], summary["share_better"]) == (2, 1, 0.5)
    assert (summary["reached"], summary["by_first_validation"], summary["not_reached"]) == (2, 1, 1)
    assert summary["mean_step_speedup"] == pytest.approx((4 + 1.6 + 1) / 3)
    assert summary["median_step_speedup"] == pytest.approx(1.6)
    assert summary["mean_step_speedup_lower_bound"] == pytest.approx((4 + 1.6 + 1) / 4)
    assert summary["share_speedup_at_least_4"] == 0.25
    # The model takes 0.3 s a step, the baseline 0.2 s.
    assert summary["step_time_ratio"] == pytest.approx(1.5)
    assert summary["mean_time_speedup"] == pytest.approx((4 + 1.6 + 1) / 3 / 1.5)
    assert summary["mean_flop_speedup"] == pytest.approx((4 + 1.6 + 1) / 3)
    assert summary["median_time_speedup"] == pytest.approx(1.6 / 1.5)
    # In time the best language is at 4 / 1.5.
    assert summary["share_flop_speedup_at_least_4"] == 0.25
    assert summary["share_time_speedup_at_least_4"] == 0
    assert summary["worse"] == 1
    assert summary["model"]["perplexity"] == pytest.approx(math.exp(2.625))
    # Mean curve: -5 and -3 against -4.25 and -2.625; at -3 after 100 + 300 * 1.25 / 1.625 steps.
    mean_curve = made["models"]["model"]["against_baseline"]["mean_curve"]
    assert mean_curve["step_speedup"] == pytest.approx(400 / (100 + 300 / 1.3))
    assert summary["model"]["neg_log_perplexity"] == pytest.approx(-2.625)


def test_a_language_by_hand(made: dict[str, Any]) -> None:
    french = made["languages"]["fr"]
    assert (french["name"], french["script"], french["family"]) == (
        "French",
        "Latin",
        "Indo-European",
    )
    assert french["baseline"]["neg_log_perplexity"] == pytest.approx(-3.0)
    # 3 nats a token over 4 bytes a token.
    assert french["baseline"]["bits_per_byte"] == pytest.approx(3 / math.log(2) / 4)
    assert french["baseline"]["perplexity"] == pytest.approx(math.exp(3))
    assert french["gain"] == pytest.approx(1.0)
    assert french["reached_at_step"] == pytest.approx(250)
    assert french["time_speedup"] == pytest.approx(80 / 75)
    assert french["curve"] == {
        "baseline": [pytest.approx(-5.0), pytest.approx(-3.0)],
        "model": [pytest.approx(-4.0), pytest.approx(-2.0)],
    }


def test_not_reached_is_null(made: dict[str, Any]) -> None:
    swahili = json.loads(json.dumps(made))["languages"]["sw"]
    assert swahili["status"] == "not_reached"
    assert [swahili[f"{unit}_speedup"] for unit in ("step", "flop", "time")] == [None] * 3


def test_without_sequences_there_are_no_intervals(made: dict[str, Any]) -> None:
    assert made["summary"]["significantly_better"] is None
    assert set(made["languages"]["en"]["intervals"].values()) == {None}
    assert made["languages"]["en"]["significant"] is None


def test_sequences_give_intervals_and_marks(tmp_path: Path) -> None:
    """English gains on every sequence; French on some and loses on as many."""
    folders = [
        fake_runs.write_run(tmp_path / "dense", *DENSE),
        fake_runs.write_run(tmp_path / "switch", *SWITCH),
    ]
    for folder, gains in zip(folders, ([0] * 6, [2, 3, 2, 3, 2, 3]), strict=True):
        english = [(30.0 - gain, 10, 40) for gain in gains]
        french = [(30.0 + gain * (-1) ** i, 10, 40) for i, gain in enumerate(gains[::-1])]
        fake_runs.write_sequences(folder, 400, {"en": english, "fr": french})
    baseline, model = map(read_run, folders)
    made = build_pair(baseline, model).to_json()
    assert made["languages"]["en"]["significant"] == 1
    low, high = made["languages"]["en"]["intervals"]["gain"]
    assert 0.2 <= low < 0.25 < high <= 0.3
    assert made["languages"]["fr"]["significant"] == 0
    assert (made["summary"]["significantly_better"], made["summary"]["significantly_worse"]) == (
        1,
        0,
    )
    # Swahili and Thai have no sequences, so that nothing is said of all languages.
    assert made["summary"]["intervals"]["mean_gain"] is None


def test_runs_are_the_first_lines(made: dict[str, Any]) -> None:
    assert made["runs"] == {"baseline": DENSE[0], "model": SWITCH[0]}


def test_the_paper_stands_beside_and_nothing_else(made: dict[str, Any]) -> None:
    assert made["paper"]["mean_step_speedup"] == 5
    assert "aims" not in made


def test_nothing_reached_has_no_mean(tmp_path: Path) -> None:
    worse = [SWITCH[0], fake_runs.valid(400, 80, 4e9, en=-4.0)]
    summary = report(tmp_path, DENSE, worse)["summary"]
    assert summary["mean_step_speedup"] is None
    assert summary["mean_step_speedup_lower_bound"] == 0


def test_a_language_missing_in_one_run_is_listed(tmp_path: Path) -> None:
    switch = [SWITCH[0], fake_runs.valid(400, 120, 4e9, en=-2.0, de=-2.0)]
    made = report(tmp_path, DENSE, switch)
    assert list(made["languages"]) == ["en"]
    assert made["left_out"] == {
        "de": "not validated by the baseline",
        "fr": "not validated by the model",
        "sw": "not validated by the model",
        "th": "not validated by the model",
    }


def test_no_common_language(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no language"):
        report(tmp_path, DENSE, [SWITCH[0], fake_runs.valid(400, 120, 4e9, de=-2.0)])


def test_different_data_is_refused(tmp_path: Path) -> None:
    other = fake_runs.header(data_sha256="e" * 64)
    with pytest.raises(InputError, match="different data"):
        report(tmp_path, DENSE, [other, *SWITCH[1:]])


def test_different_validation_sets_are_refused(tmp_path: Path) -> None:
    other = json.loads(json.dumps(SWITCH))
    for line in other[1:]:
        line["languages"]["en"]["bytes"] += 1
    with pytest.raises(InputError, match=r"different validation sets \(en has 400 and 401 bytes\)"):
        report(tmp_path, DENSE, other)


def test_runs_given_the_wrong_way_round(tmp_path: Path) -> None:
    dense = read_run(fake_runs.write_run(tmp_path / "dense", *DENSE))
    switch = read_run(fake_runs.write_run(tmp_path / "switch", *SWITCH))
    with pytest.raises(InputError, match="swap --dense and --switch"):
        check_roles(switch, dense)


def test_different_lengths_and_seeds_are_said(tmp_path: Path) -> None:
    shorter = [fake_runs.header(experts=8, seed=2), SWITCH[1]]
    made = report(tmp_path, DENSE, shorter)
    assert "baseline 400, model 100" in made["notes"][0]
    assert "different seeds" in made["notes"][1]
    assert made["languages"]["en"]["step_speedup"] == pytest.approx(4.0)


def test_a_language_validated_only_at_the_end_has_a_gap_in_its_curve(tmp_path: Path) -> None:
    dense = [DENSE[0], fake_runs.valid(100, 20, 1e9, en=-5.0), DENSE[2]]
    made = report(tmp_path, dense, SWITCH)
    assert made["languages"]["fr"]["curve"]["baseline"] == [None, pytest.approx(-3.0)]
    mean = made["models"]["baseline"]["curve"]
    assert (mean["steps"], mean["neg_log_perplexity"]) == ([400], [pytest.approx(-3.0)])


def test_a_code_outside_the_registry_stands_for_itself(tmp_path: Path) -> None:
    line = fake_runs.valid(400, 80, 4e9, qya=-3.0)
    made = report(tmp_path, [DENSE[0], line], [SWITCH[0], line])
    assert made["languages"]["qya"]["name"] == "qya"
