from typing import Any

from pipeline.report.runs.scoreboard import scoreboard, verdict


def test_verdict_says_over_how_many(small: dict[str, Any]) -> None:
    assert verdict(small) == (
        "Switch ends better than dense on 1 of 3 languages. "
        "Mean step speed-up to dense’s final quality: 1.50×, over 2 of 3 languages."
    )


def test_languages_not_reached_are_counted_as_0(small: dict[str, Any]) -> None:
    lowest = next(line for line in scoreboard(small) if line.detail == "not reached counted as 0")
    assert (lowest.measure, lowest.result) == ("Mean step speed-up, at least", "1.00×")


def test_nothing_reached(small: dict[str, Any]) -> None:
    small["summary"] |= {"mean_step_speedup": None, "reached": 0, "not_reached": 3}
    assert verdict(small).endswith("No language has a step speed-up; 3 not reached.")
    assert scoreboard(small)[1].result == "none"


def test_paper_stands_beside(small: dict[str, Any]) -> None:
    assert [line.paper for line in scoreboard(small)[:3]] == ["100 %", "5×", "91 %"]
    assert scoreboard(small)[1].detail == "over 2 of 3 languages; 1 not reached"
