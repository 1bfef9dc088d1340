import numpy as np

from pipeline.evaluate.report import LikedPiece
from pipeline.evaluate.routing.liked_pieces import LIKED, liked_pieces


def names(liked: list[LikedPiece]) -> list[str]:
    return [one.piece for one in liked]


def test_by_lift_with_a_prior() -> None:
    # Expert 0 has 540 of 1200 tokens: 0.45. Lifts for expert 0 with 20 tokens of prior:
    # a (500 + 9) / 520 / 0.45 = 2.18; b (6 + 9) / 26 / 0.45 = 1.28; c (34 + 9) / 714 / 0.45 = 0.13
    counts = np.array([[500, 0], [6, 0], [34, 660]])
    zero, one = liked_pieces(counts, ["a", "b", "c"])
    assert names(zero) == ["a", "b"]
    assert zero[0] == LikedPiece("a", 1.0, 500)
    assert names(one) == ["c"]
    assert one[0].share == 660 / 694


def test_a_rare_piece_does_not_come_first_by_chance() -> None:
    counts = np.array([[3, 0], [900, 100], [97, 1900]])
    zero, _ = liked_pieces(counts, ["rare", "often", "other"])
    assert names(zero) == ["often", "rare"]


def test_an_expert_without_tokens_likes_nothing() -> None:
    found = liked_pieces(np.array([[10, 0], [30, 0]]), ["a", "b"])
    assert found == [[], []]


def test_a_piece_without_tokens_is_liked_by_none() -> None:
    """Its lift is 1 but for rounding: 20 x load / 20 / load."""
    counts = np.array([[1, 0], [0, 0], [0, 8]])  # 20 x (1 / 9) / 20 / (1 / 9) is above 1
    for liked in liked_pieces(counts, ["a", "absent", "b"]):
        assert "absent" not in names(liked)
        assert all(piece.share == piece.share for piece in liked)


def test_no_pieces_and_many() -> None:
    assert liked_pieces(np.zeros((0, 2), dtype=int), []) == [[], []]
    counts = np.tile([[100, 0], [0, 100]], (20, 1))
    assert [len(one) for one in liked_pieces(counts, list(map(str, range(40))))] == [LIKED, LIKED]
