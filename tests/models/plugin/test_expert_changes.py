from pathlib import Path

import numpy as np
import pytest

from models.plugin.expert_changes import (
    MOST_TOKENS,
    Choices,
    ExpertChanges,
    changed_tokens,
    sampled_every,
)


def choices(*routers: list[int], sequences: tuple[int, ...] = (0, 1)) -> Choices:
    tokens = np.array([len(experts) for experts in routers])
    return Choices(np.array(sequences), tokens, np.concatenate(routers).astype(np.uint8))


FIRST = choices([0, 1, 2, 3], [0, 0])
SECOND = choices([0, 2, 2, 1], [0, 1])  # 2 of 4, 1 of 2
THIRD = choices([0, 2, 2, 3], [0, 1])  # 1 of 4, 0 of 2


def test_shares_by_hand(tmp_path: Path) -> None:
    changes = ExpertChanges(tmp_path)
    assert changes.shares(10, FIRST) == [None, None]
    assert changes.shares(20, SECOND) == [0.5, 0.5]
    assert changes.shares(30, THIRD) == [0.25, 0.0]


def test_a_second_validation_at_a_step_is_held_against_the_same_one(tmp_path: Path) -> None:
    changes = ExpertChanges(tmp_path)
    changes.shares(10, FIRST)
    assert changes.shares(20, SECOND) == changes.shares(20, SECOND) == [0.5, 0.5]
    assert changes.shares(30, THIRD) == [0.25, 0.0]


def test_a_run_that_goes_on_continues(tmp_path: Path) -> None:
    before = ExpertChanges(tmp_path)
    before.shares(10, FIRST)
    before.shares(20, SECOND)
    for step, shares in ((20, [0.5, 0.5]), (30, [0.25, 0.0])):
        again = ExpertChanges(tmp_path)
        again.go_on()
        assert again.shares(step, SECOND if step == 20 else THIRD) == shares
    assert [path.name for path in tmp_path.iterdir()] == ["experts.npz"]


def test_validations_beyond_the_checkpoint_do_not_count(tmp_path: Path) -> None:
    ExpertChanges(tmp_path).shares(40, FIRST)
    again = ExpertChanges(tmp_path)
    again.go_on()  # from step 20, say
    assert again.shares(30, SECOND) == [None, None]
    assert again.shares(40, THIRD) == [0.25, 0.0]


def test_a_new_run_in_the_folder_of_an_old_one_knows_nothing_of_it(tmp_path: Path) -> None:
    ExpertChanges(tmp_path).shares(10, FIRST)
    assert ExpertChanges(tmp_path).shares(20, SECOND) == [None, None]


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 cut", b"rubbish"])
def test_a_missing_or_damaged_file_stops_nothing(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "experts.npz").write_bytes(content)
    changes = ExpertChanges(tmp_path)
    changes.go_on()
    assert changes.shares(10, FIRST) == [None, None]


@pytest.mark.parametrize(
    "other",
    [
        choices([0, 2, 2, 1], [0, 1], sequences=(1, 0)),
        choices([0, 2, 2], [1, 0, 1]),
        choices([0, 2, 2, 1, 0, 1]),
    ],
)
def test_other_sequences_are_not_compared(other: Choices) -> None:
    _, compared = changed_tokens(FIRST, other)
    assert compared.sum() == 0


@pytest.mark.parametrize(
    ("sequences", "tokens", "every"),
    [(10, 100, 1), (MOST_TOKENS, 1, 1), (MOST_TOKENS + 1, 1, 2), (10_000, 512, 5), (0, 5, 1)],
)
def test_a_large_validation_is_sampled(sequences: int, tokens: int, every: int) -> None:
    assert sampled_every(sequences, tokens) == every
    assert sequences * tokens / every <= MOST_TOKENS
