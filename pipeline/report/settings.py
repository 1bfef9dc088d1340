"""The two runs' first metrics lines as one table of settings."""

from dataclasses import dataclass
from typing import Any

from pipeline.report.text import NOTHING, count

_ALWAYS = [
    "architecture", "parameters", "active_parameters", "flops_per_token", "experts", "seed",
    "data_sha256", "config_sha256",
]  # fmt: skip

_HASH_DIGITS = 12  # enough to tell two apart


@dataclass(frozen=True)
class Setting:
    name: str
    baseline: str
    model: str

    @property
    def differs(self) -> bool:
        return self.baseline != self.model


def settings(runs: dict[str, Any]) -> tuple[list[Setting], list[Setting]]:
    """(the main ones and all that differ, the rest); nested keys are joined by dots."""
    ours, theirs = _flat(runs["baseline"]), _flat(runs["model"])
    names = [*_ALWAYS, *(name for name in ours | theirs if name not in _ALWAYS)]
    every = [
        Setting(name, _shown(name, ours.get(name)), _shown(name, theirs.get(name)))
        for name in names
        if name in ours or name in theirs
    ]
    main = [one for one in every if one.differs or one.name in _ALWAYS]
    return main, [one for one in every if one not in main]


def _flat(tree: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    leaves: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            leaves |= _flat(value, f"{prefix}{key}.")
        elif prefix or key != "kind":
            leaves[prefix + key] = value
    return leaves


def _shown(name: str, value: object) -> str:
    if value is None:
        return NOTHING
    if name.endswith("sha256"):
        return str(value)[:_HASH_DIGITS]
    if isinstance(value, list):
        return " ".join(str(one) for one in value)
    if isinstance(value, int | float) and abs(value) >= 10_000:
        return count(value)
    return str(value)
