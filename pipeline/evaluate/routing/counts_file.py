"""Read what the routers did in the last validation of a sparse run (`routing.npz`).

Shapes: R routers, L languages, E experts, P pieces.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.formats.run_folder import ROUTING
from pipeline.evaluate.runs.side_file import read_side_file


@dataclass(frozen=True)
class RoutingCounts:
    """Tokens by who chose which expert; with several experts a token, each choice counts."""

    routers: list[str]  # [R] "encoder 2", ...
    codes: list[str]  # [L] only languages with tokens
    chosen: np.ndarray  # int64 [R, L, E], before capacity
    dropped: np.ndarray  # int64 [R, L, E], of these, over capacity
    pieces: list[str]  # [P]
    piece_counts: np.ndarray  # int32 [R, P, E], as chosen


def read_routing(folder: Path, step: float) -> RoutingCounts | None:
    """None without such a file of that step; InputError for a damaged one (`read_side_file`)."""
    return read_side_file(folder / ROUTING, step, _counts)


def _counts(file: Any) -> RoutingCounts:
    """Raises ValueError or KeyError unless all arrays are there and fit."""
    routers, codes, pieces = (file[name].tolist() for name in ("routers", "codes", "pieces"))
    chosen, dropped = (file[name].astype(np.int64) for name in ("chosen", "dropped"))
    by_piece = file["piece_counts"].astype(np.int32, copy=False)
    experts = chosen.shape[-1]
    if chosen.shape != (len(routers), len(codes), experts) or dropped.shape != chosen.shape:
        raise ValueError('"chosen" and "dropped" must be [routers, languages, experts]')
    if by_piece.shape != (len(routers), len(pieces), experts):
        raise ValueError('"piece_counts" must be [routers, pieces, experts]')
    if min(dropped.min(), by_piece.min(initial=0)) < 0 or (dropped > chosen).any():
        raise ValueError("counts below 0, or more tokens dropped than chosen")
    there = chosen.sum(axis=(0, 2)) > 0
    named = [code for code, has_text in zip(codes, there, strict=True) if has_text]
    return RoutingCounts(routers, named, chosen[:, there], dropped[:, there], pieces, by_piece)
