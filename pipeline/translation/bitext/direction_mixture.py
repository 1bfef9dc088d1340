"""The mixture of directions, by which training draws: the content of `mixture.json`."""

from collections.abc import Iterable, Mapping
from typing import Any

from langs.directions import Direction
from pipeline.prepare.language_mixture import method, rates
from pipeline.translation.bitext.config import BitextConfig
from pipeline.translation.bitext.readers.rows import TRAIN

_COUNTS = {"pairs": "documents", "tokens": "pieces", "bytes": "bytes"}
"""The counts of `shards.json` by unit."""


def mixture(
    config: BitextConfig, chosen: Iterable[Direction], splits: Mapping[str, Any]
) -> dict[str, Any]:
    """Rates of the directions with training pairs, which sum to 1, with the settings and sizes.

    splits: of `shards.json`.
    """
    sizes = {
        str(direction): _size(config.unit, splits[TRAIN][str(direction.pair)])
        for direction in chosen
        if str(direction.pair) in splits[TRAIN]
    }
    return {
        **method(config),
        "unit": config.unit,
        "sizes": sizes,
        "directions": rates(config, sizes),
        "seed": config.seed,
    }


def _size(unit: str, sides: Mapping[str, Mapping[str, int]]) -> int:
    """A direction's training text; in pairs, or in tokens or bytes of both sides."""
    sizes = [side[_COUNTS[unit]] for side in sides.values()]
    return sizes[0] if unit == "pairs" else sum(sizes)
