"""How often each direction is drawn: the content of `mixture.json`."""

from collections.abc import Iterable, Mapping
from typing import Any

from langs.directions import Direction
from pipeline.prepare import mixture as mix
from pipeline.translation.bitext.config import BitextConfig
from pipeline.translation.bitext.readers.rows import TRAIN

_COUNTS = {"pairs": "documents", "tokens": "pieces", "bytes": "bytes"}
"""What counts a unit in `shards.json`."""


def mixture(
    config: BitextConfig, chosen: Iterable[Direction], splits: Mapping[str, Any]
) -> dict[str, Any]:
    """Rates of the directions with training pairs, which sum to 1, and what they come from.

    splits: of `shards.json`.
    """
    measured = {
        str(direction): _size(config.unit, splits[TRAIN][str(direction.pair)])
        for direction in chosen
        if str(direction.pair) in splits[TRAIN]
    }
    parameter = "alpha" if config.method == "temperature" else "max_epochs"
    return {
        "method": config.method,
        parameter: getattr(config, parameter),
        "unit": config.unit,
        "sizes": measured,
        "directions": mix.rates(config, measured),
        "seed": config.seed,
    }


def _size(unit: str, sides: Mapping[str, Mapping[str, int]]) -> int:
    """A direction's training text; in pairs, or in tokens or bytes of both sides."""
    sizes = [side[_COUNTS[unit]] for side in sides.values()]
    return sizes[0] if unit == "pairs" else sum(sizes)
