"""The report of what was removed."""

from collections import Counter

from pipeline.translation.bitext import removals

COUNTS = Counter(
    {
        ("en-fr", "read"): 10, ("en-fr", "copy"): 3, ("en-fr", "in_test"): 1,
        ("en-sw", "read"): 1200, ("en-sw", "empty"): 1200,
        ("", "read"): 2, ("", "malformed"): 2,
    }
)  # fmt: skip
SIDE = {"documents": 5, "pieces": 50, "bytes": 100}
SPLITS = {
    "train": {"en-fr": {"en": SIDE, "fr": SIDE}},
    "valid": {"en-fr": {"en": {"documents": 1}}},
    "test": {},
}


def test_report_counts_by_pair_and_rule() -> None:
    assert removals.report(COUNTS, SPLITS) == {
        "total": {
            "read": 1210,
            "removed": {"empty": 1200, "copy": 3, "in_test": 1},
            "kept": {"train": 5, "valid": 1, "test": 0},
        },
        "unreadable": {"malformed": 2},
        "pairs": {
            "en-fr": {
                "read": 10,
                "removed": {"copy": 3, "in_test": 1},
                "kept": {"train": 5, "valid": 1, "test": 0},
            },
            "en-sw": {
                "read": 1200,
                "removed": {"empty": 1200},
                "kept": {"train": 0, "valid": 0, "test": 0},
            },
        },
    }


def test_table_has_the_rules_that_removed_something() -> None:
    assert removals.text(removals.report(COUNTS, SPLITS)).split("\n") == [
        "pair    read  empty  copy  in_test  train  valid  test",
        "all    1,210  1,200     3        1      5      1     0",
        "en-sw  1,200  1,200     0        0      0      0     0",
        "en-fr     10      0     3        1      5      1     0",
        "2 lines of unknown languages: malformed",
    ]
