"""The pieces of the vocabulary that each expert takes more of than its load lets expect."""

from typing import Any

import numpy as np

LIKED = 8  # pieces of an expert
PRIOR = 20.0  # tokens as the router's load has them, that every piece starts with


def liked_pieces(counts: np.ndarray, pieces: list[str]) -> list[list[dict[str, Any]]]:
    """For each expert at most 8 pieces, most liked first: `piece`, `share`, `tokens`.

    counts: int [P pieces, E experts]. `share` of the piece's `tokens` go to the expert. Ranked by
    the lift p(expert | piece) / p(expert), the exponential of the pointwise mutual information,
    with 20 tokens of prior: (n(piece, expert) + 20 p(expert)) / (n(piece) + 20), so that a rare
    piece does not come first by chance. Only pieces whose lift is above 1 are liked.
    """
    tokens = counts.sum(axis=1)
    load = counts.sum(axis=0) / max(tokens.sum(), 1)
    lift = (counts + PRIOR * load) / (tokens[:, None] + PRIOR) / np.maximum(load, 1e-12)
    return [
        [
            {
                "piece": pieces[row],
                "share": float(counts[row, expert] / tokens[row]),
                "tokens": int(tokens[row]),
            }
            for row in np.argsort(-lift[:, expert], kind="stable")[:LIKED].tolist()
            if lift[row, expert] > 1 and load[expert] > 0
        ]
        for expert in range(counts.shape[1])
    ]
