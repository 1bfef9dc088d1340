"""Sparse runs -> `routing_by_language` of report.json: how experts divide the languages.

Shapes: R routers, L languages, E experts.
"""

from collections.abc import Mapping

import numpy as np

from pipeline.evaluate.report import LanguageRouting, LikedPiece, Router
from pipeline.evaluate.routing import expert_use
from pipeline.evaluate.routing.clustering import cluster
from pipeline.evaluate.routing.counts_file import RoutingCounts, read_routing
from pipeline.evaluate.routing.liked_pieces import liked_pieces
from pipeline.evaluate.runs.metrics import Run

NEAREST = 3  # languages of a language
_DIGITS = 6  # of shares, behind the point


def routing_by_language(runs: Mapping[str, Run]) -> dict[str, LanguageRouting]:
    """{name: what its routers did in its last validation}; keys as in docs/evaluation.md.

    Runs without `routing.npz` (dense ones, and older ones) are left out. Raises InputError for a
    file that is damaged.
    """
    divisions = {name: _of_run(run) for name, run in runs.items()}
    return {name: division for name, division in divisions.items() if division}


def _of_run(run: Run) -> LanguageRouting | None:
    counts = read_routing(run.path, run.last.cost.steps)
    return analysis(counts) if counts and counts.codes else None


def analysis(counts: RoutingCounts) -> LanguageRouting:
    """One run; languages stand in the order of their clustering everywhere."""
    apart = expert_use.distances(counts.chosen)
    tree = cluster(apart)
    order = tree.order
    codes = [counts.codes[place] for place in order]
    return LanguageRouting(
        experts=counts.chosen.shape[2],
        languages=codes,
        merges=[(a, b, round(height, _DIGITS)) for a, b, height in tree.merges],
        nearest=dict(zip(codes, _nearest(codes, apart[np.ix_(order, order)]), strict=True)),
        routers=[
            _router(name, chosen[order], dropped[order], liked_pieces(by_piece, counts.pieces))
            for name, chosen, dropped, by_piece in zip(
                counts.routers, counts.chosen, counts.dropped, counts.piece_counts, strict=True
            )
        ],
    )


def _nearest(codes: list[str], apart: np.ndarray) -> list[list[tuple[str, float]]]:
    """For each language its nearest others: (code, distance), nearest first."""
    return [
        [
            (codes[place], round(float(row[place]), _DIGITS))
            for place in np.argsort(row, kind="stable").tolist()
            if place != own
        ][:NEAREST]
        for own, row in enumerate(apart)
    ]


def _router(
    name: str, chosen: np.ndarray, dropped: np.ndarray, liked: list[list[LikedPiece]]
) -> Router:
    """One router: counts int [L, E]; entropies and information in nats."""
    load, by_language = expert_use.load(chosen), expert_use.shares(chosen)
    tokens = chosen.sum(axis=1)
    return Router(
        router=name,
        load=load.tolist(),
        load_entropy=float(expert_use.entropy(load)),
        mutual_information=expert_use.mutual_information(chosen),
        mutual_information_by_chance=expert_use.information_by_chance(chosen),
        explained_by_language=expert_use.explained_by_language(chosen),
        dropped_share=float(dropped.sum() / max(chosen.sum(), 1)),
        tokens=tokens.tolist(),
        entropy=expert_use.entropy(by_language).tolist(),
        dropped=(dropped.sum(axis=1) / np.maximum(tokens, 1)).tolist(),
        shares=by_language.round(_DIGITS).tolist(),
        liked_pieces=liked,
    )
