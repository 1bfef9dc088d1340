"""Copies and held-out text, against a slow reference that goes pair by pair."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.translation.bitext.copies import RULES, HeldOut, Pairs, faults
from pipeline.translation.bitext.readers.rows import SPLITS

FEW = st.integers(0, 6)
ROWS = st.lists(st.tuples(FEW, FEW, st.sampled_from(SPLITS)))
HELD = st.fixed_dictionaries({"valid": st.sets(FEW), "test": st.sets(FEW)})


def reference(rows: list[tuple[int, int, str]], one: dict, other: dict, most: int) -> list[str]:
    found = [""] * len(rows)
    seen: set[tuple[int, int]] = set()
    by_side: tuple[Counter[int], Counter[int]] = (Counter(), Counter())
    ordered = [
        i for split in ("test", "valid", "train") for i, r in enumerate(rows) if r[2] == split
    ]
    for i in ordered:
        a, b, split = rows[i]
        if split != "test" and (a in one["test"] or b in other["test"]):
            found[i] = "in_test"
        elif split == "train" and (a in one["valid"] or b in other["valid"]):
            found[i] = "in_valid"
        elif (a, b) in seen:
            found[i] = "duplicate"
        seen |= {(a, b)} if not found[i] else set()
    for side in (0, 1) if most else ():
        for i in ordered:
            if not found[i]:
                by_side[side][rows[i][side]] += 1
                if by_side[side][rows[i][side]] > most:
                    found[i] = "same_side"
    return found


def arrays(values: list[int]) -> np.ndarray:
    return np.array(values, np.uint64)


@given(ROWS, HELD, HELD, st.integers(0, 3))
def test_faults_are_those_of_the_reference(
    rows: list[tuple[int, int, str]], one: dict, other: dict, most: int
) -> None:
    pairs = Pairs(
        arrays([row[0] for row in rows]),
        arrays([row[1] for row in rows]),
        np.array([SPLITS.index(row[2]) for row in rows], np.uint8),
    )
    held_out = HeldOut(
        *({split: arrays(sorted(some)) for split, some in side.items()} for side in (one, other))
    )
    found = [RULES[number] for number in faults(pairs, held_out, most)]
    assert found == reference(rows, one, other, most)
