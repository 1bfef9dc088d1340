"""Which two runs may be compared, and on which languages."""

from collections.abc import Mapping
from dataclasses import replace

from langs.errors import InputError
from pipeline.evaluate.runs.metrics import NotYetError, Run


def check_comparable(baseline: Run, model: Run) -> None:
    """Refuse a comparison that would mean nothing.

    Raises InputError: other training data, other validation text for a language.
    """
    if baseline.header["data_sha256"] != model.header["data_sha256"]:
        raise InputError(
            f"{baseline.path} and {model.path}: trained on different data (data_sha256 differs); "
            "train both with the same --data"
        )
    _check_same_validation_text(baseline, model)


def check_roles(dense: Run, switch: Run) -> None:
    """Raises InputError for a dense and a Switch run given the wrong way round."""
    if _experts(dense) > 0 and _experts(switch) == 0:
        raise InputError(
            f"{dense.path} has experts and {switch.path} has none; swap --dense and --switch"
        )


def same_languages(runs: Mapping[str, Run]) -> tuple[list[Run], dict[str, str]]:
    """Runs cut to the languages in the last validation of all, and why the others are left out.

    runs: by the name that a reason gives them. Raises NotYetError when no language is left.
    """
    codes = {name: run.last.languages.keys() for name, run in runs.items()}
    shared = set.intersection(*map(set, codes.values()))
    if not shared:
        paths = " and ".join(str(run.path) for run in runs.values())
        raise NotYetError(
            f"{paths}: no language was validated in all of them; give runs of the same data"
        )
    lacking = {
        code: "not validated by " + ", ".join(name for name in runs if code not in codes[name])
        for code in sorted(set().union(*codes.values()) - shared)
    }
    return [_cut(run, shared) for run in runs.values()], lacking


def different_training(baseline: Run, model: Run) -> list[str]:
    """Notes on two runs whose training was not the same."""
    notes = []
    ours, theirs = baseline.last.cost.steps, model.last.cost.steps
    if ours != theirs:
        notes.append(
            f"The runs end at different steps (baseline {ours:g}, model {theirs:g}): "
            "the qualities at the end are not after equal training."
        )
    if baseline.header.get("seed") != model.header.get("seed"):
        notes.append("The runs have different seeds, so they did not see the same batches.")
    return notes


def _cut(run: Run, codes: set[str]) -> Run:
    validations = [
        replace(
            validation,
            languages={
                code: validation.languages[code] for code in codes & validation.languages.keys()
            },
            chrf={code: validation.chrf[code] for code in codes & validation.chrf.keys()},
        )
        for validation in run.validations
    ]
    return replace(run, validations=validations)


def _experts(run: Run) -> int:
    return int(run.header.get("experts") or 0)


def _check_same_validation_text(baseline: Run, model: Run) -> None:
    ours, theirs = baseline.last.languages, model.last.languages
    for code in sorted(ours.keys() & theirs.keys()):
        for unit in ("tokens", "bytes"):
            our_count, other = getattr(ours[code], unit), getattr(theirs[code], unit)
            if our_count != other:
                raise InputError(
                    f"{baseline.path} and {model.path}: different validation sets ({code} has "
                    f"{our_count} and {other} {unit}); validate both on the same shards"
                )
