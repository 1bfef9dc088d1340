"""The pieces of the vocabulary that each expert takes more of than its load lets expect."""

import numpy as np

from pipeline.evaluate.report import LikedPiece

LIKED = 8  # pieces of an expert
PRIOR = 20.0  # tokens as the router's load has them, that every piece starts with


def liked_pieces(counts: np.ndarray, pieces: list[str]) -> list[list[LikedPiece]]:
    """For each expert at most 8 pieces, most liked first.

    counts: int [P pieces, E experts]. `share` of the piece's `tokens` go to the expert. Ranked by
    the lift p(expert | piece) / p(expert), the exponential of the pointwise mutual information,
    with 20 tokens of prior: (n(piece, expert) + 20 p(expert)) / (n(piece) + 20), so that a rare
    piece does not come first by chance. Only pieces whose lift is above 1 are liked.
    """
    tokens = counts.sum(axis=1, dtype=np.int64)
    load = counts.sum(axis=0, dtype=np.int64) / max(tokens.sum(), 1)
    lift = (counts + PRIOR * load) / (tokens[:, None] + PRIOR) / np.maximum(load, 1e-12)
    return [
        [
            LikedPiece(pieces[row], float(counts[row, expert] / tokens[row]), int(tokens[row]))
            for row in rows
            if lift[row, expert] > 1 and counts[row, expert] > 0
        ]
        for expert, rows in enumerate(_largest(lift))
    ]


def _largest(values: np.ndarray) -> list[list[int]]:
    """The rows of the largest 8 of each column, largest first; values [rows, columns]."""
    columns = np.ascontiguousarray(-values.T)
    if len(values) > LIKED:
        places = np.argpartition(columns, LIKED, axis=1)[:, :LIKED]
    else:
        places = np.tile(np.arange(len(values)), (len(columns), 1))
    ordered = np.take_along_axis(columns, places, axis=1).argsort(axis=1, kind="stable")
    rows: list[list[int]] = np.take_along_axis(places, ordered, axis=1).tolist()
    return rows
