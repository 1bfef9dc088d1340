"""The first metrics lines of all runs as one table of settings, and their signatures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.evaluate.report import Report
from pipeline.show.numbers import NOTHING, count, label

_ALWAYS = [
    "architecture", "parameters", "active_parameters", "flops_per_token", "experts", "seed",
    "data_sha256", "config_sha256",
]  # fmt: skip

_HASH_DIGITS = 12  # enough to tell two apart


@dataclass(frozen=True)
class Setting:
    name: str
    values: list[str]  # of each run

    @property
    def differs(self) -> bool:
        return len(set(self.values)) > 1


def headers(report: Report) -> list[tuple[str, Mapping[str, Any]]]:
    """(name, first line) of every run; where a model has several, its seeds stand behind it."""
    return [
        (
            f"{label(name)}, seed {run.get('seed', NOTHING)}"
            if len(model.runs) > 1
            else label(name),
            run,
        )
        for name, model in report.models.items()
        for run in model.runs
    ]


def settings(runs: Sequence[Mapping[str, Any]]) -> tuple[list[Setting], list[Setting]]:
    """(the main ones and all that differ, the rest) of first lines; nested keys joined by dots."""
    flat = [_flat(run) for run in runs]
    named = dict.fromkeys(name for settings_of_run in flat for name in settings_of_run)
    names = [*(name for name in _ALWAYS if name in named), *named]
    every = [
        Setting(name, [_shown(name, settings_of_run.get(name)) for settings_of_run in flat])
        for name in dict.fromkeys(names)
    ]
    main = [name for name in every if name.differs or name.name in _ALWAYS]
    return main, [name for name in every if name not in main]


def signature(run: Mapping[str, Any]) -> str:
    """What a result of a run hangs on, in one line: seed, whole hashes, versions."""
    versions = run.get("versions")
    parts = {
        "architecture": run.get("architecture"),
        "seed": run.get("seed"),
        "data": run.get("data_sha256"),
        "config": run.get("config_sha256"),
        **(versions if isinstance(versions, dict) else {}),
    }
    return " | ".join(
        f"{key}:{NOTHING if value is None else value}" for key, value in parts.items()
    )


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
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
        return " ".join(str(part) for part in value)
    if isinstance(value, int | float) and abs(value) >= 10_000:
        return count(value)
    return str(value)
