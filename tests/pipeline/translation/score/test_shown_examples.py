from dataclasses import replace

import numpy as np

from pipeline.report.scores.score_report import Example, ExampleTranslation
from pipeline.translation.score import shown_examples
from pipeline.translation.score.system_files import Translations

LINES = Translations(
    "en", "fr",
    [f"s{n}" for n in range(10)], [[f"r{n}" for n in range(10)]],
    {name: [f"{name}{n}" for n in range(10)] for name in ("a", "b")},
)  # fmt: skip
BASELINE = np.full(10, 50.0)
OTHER = np.array([50, 90, 50, 10, 50, 60, 20, 50, 70, 50.0])


def test_greatest_changes_then_even_distances() -> None:
    found = shown_examples.pick(LINES, {"a": BASELINE, "b": OTHER}, "a")
    assert [(one.line, one.kind) for one in found] == [
        (2, "better"), (9, "better"), (4, "worse"), (7, "worse"),
        (3, "evenly spread"), (8, "evenly spread"),
    ]  # fmt: skip
    assert found[0] == Example(
        line=2,
        kind="better",
        source="s1",
        reference="r1",
        systems={"a": ExampleTranslation("a1", 50), "b": ExampleTranslation("b1", 90)},
    )


def test_what_did_not_change_is_no_example_of_change() -> None:
    found = shown_examples.pick(LINES, {"a": BASELINE, "b": BASELINE}, "a")
    assert {one.kind for one in found} == {"evenly spread"}


def test_one_system_shows_its_best_and_worst() -> None:
    lines = replace(LINES, hypotheses={"b": LINES.hypotheses["b"]})
    found = shown_examples.pick(lines, {"b": OTHER}, "b")
    assert [(one.line, one.kind) for one in found[:4]] == [
        (2, "best"), (9, "best"), (4, "worst"), (7, "worst"),
    ]  # fmt: skip


def test_a_single_line_is_shown_once_and_long_texts_are_cut() -> None:
    lines = Translations(None, "fr", None, [["r" * 700]], {"a": [""]})
    (found,) = shown_examples.pick(lines, {"a": np.array([0.0])}, "a")
    assert found.source is None
    assert found.reference == "r" * 599 + "…"
