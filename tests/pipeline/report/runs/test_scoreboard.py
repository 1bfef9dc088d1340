from typing import Any

from pipeline.report.runs.scoreboard import aims_sentence, scoreboard, verdict


def test_verdict_says_over_how_many(small: dict[str, Any]) -> None:
    assert verdict(small) == (
        "Switch ends better than dense on 1 of 3 languages. "
        "Mean step speed-up to dense’s final quality: 1.50×, over 2 of 3 languages."
    )


def test_missed_aims_are_named(small: dict[str, Any]) -> None:
    sentence = aims_sentence(small)
    assert "Missed: languages better 33 % (aim at least 90 %)" in sentence
    # (2 + 1 + 0) / 3 is under the aim of 1.3 that 1.5 meets.
    assert "not reached counted as 0, the mean step speed-up is 1.00×" in sentence


def test_nothing_reached(small: dict[str, Any]) -> None:
    small["summary"] |= {"mean_step_speedup": None, "reached": 0, "not_reached": 3}
    assert verdict(small).endswith("No language has a step speed-up; 3 not reached.")
    assert scoreboard(small)[1].result == "none"


def test_paper_stands_beside(small: dict[str, Any]) -> None:
    assert [line.paper for line in scoreboard(small)[:3]] == ["100 %", "5×", "91 %"]
    assert scoreboard(small)[1].detail == "over 2 of 3 languages; 1 not reached"
