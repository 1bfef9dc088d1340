"""Rates of directions by hand."""

from typing import Any

import pytest

from langs.directions import Direction
from pipeline.translation.bitext.config import BitextConfig
from pipeline.translation.bitext.direction_mixture import mixture


def side(pairs: int, pieces: int) -> dict[str, int]:
    return {"documents": pairs, "pieces": pieces, "bytes": 3 * pieces}


SPLITS = {
    "train": {
        "en-fr": {"en": side(16, 100), "fr": side(16, 156)},
        "en-sw": {"en": side(1, 7), "sw": side(1, 9)},
    }
}
CHOSEN = [Direction("en", "fr"), Direction("sw", "en"), Direction("de", "en")]


def mixed(**settings: object) -> dict[str, Any]:
    return mixture(BitextConfig(**settings), CHOSEN, SPLITS)  # type: ignore[arg-type]


def test_temperature_and_units() -> None:
    half = mixed(alpha=0.5)
    assert half["sizes"] == {"en-fr": 16, "sw-en": 1}  # nothing in German
    assert half["directions"] == pytest.approx({"en-fr": 4 / 5, "sw-en": 1 / 5})
    assert (half["method"], half["alpha"], half["unit"], half["seed"]) == (
        "temperature", 0.5, "pairs", 1,
    )  # fmt: skip
    assert mixed(unit="tokens")["sizes"] == {"en-fr": 256, "sw-en": 16}
    assert mixed(unit="bytes")["sizes"] == {"en-fr": 768, "sw-en": 48}


def test_unimax_caps_small_directions() -> None:
    # budget 17: Swahili gets its cap of 4 epochs of 1, French what is left
    found = mixed(method="unimax", max_epochs=4.0)
    assert found["directions"] == pytest.approx({"en-fr": 13 / 17, "sw-en": 4 / 17})
    assert found["max_epochs"] == 4
