from changed import changed

from pipeline.evaluate.report import Report
from pipeline.report.runs.headline import headline, scoreboard


def test_verdict_says_over_how_many(small: Report) -> None:
    assert headline(small) == (
        "Switch ends better than dense on 1 of 3 languages. "
        "Mean step speed-up to dense’s final quality: 1.50×, over 2 of 3 languages."
    )


def test_languages_not_reached_are_counted_as_0(small: Report) -> None:
    lowest = next(line for line in scoreboard(small) if line.detail == "not reached counted as 0")
    assert (lowest.measure, lowest.result) == ("Mean step speed-up, at least", "1.00×")


def test_nothing_reached(small: Report) -> None:
    nothing = {"mean_step_speedup": None, "reached": 0, "not_reached": 3}
    worse = changed(
        small, lambda content: content["models"]["model"]["against_baseline"].update(nothing)
    )
    assert headline(worse).endswith("No language has a step speed-up; 3 not reached.")
    assert scoreboard(worse)[1].result == "none"


def test_paper_stands_beside(small: Report) -> None:
    assert [line.paper for line in scoreboard(small)[:3]] == ["100 %", "5×", "91 %"]
    assert scoreboard(small)[1].detail == "over 2 of 3 languages; 1 not reached"
