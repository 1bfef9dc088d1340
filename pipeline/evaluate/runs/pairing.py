"""Which two runs may be compared, and on which languages."""

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


def shared_languages(baseline: Run, model: Run) -> tuple[list[str], dict[str, str]]:
    """Languages in the last validation of both, sorted, and why each other one is left out.

    Raises NotYetError when no language is left.
    """
    ours, theirs = baseline.last.languages, model.last.languages
    left_out = dict.fromkeys(ours.keys() - theirs.keys(), "not validated by the model")
    left_out |= dict.fromkeys(theirs.keys() - ours.keys(), "not validated by the baseline")
    shared = sorted(ours.keys() & theirs.keys())
    if not shared:
        raise NotYetError(
            f"{baseline.path} and {model.path}: no language was validated in both runs"
        )
    return shared, dict(sorted(left_out.items()))


def _experts(run: Run) -> int:
    return int(run.header.get("experts") or 0)


def _check_same_validation_text(baseline: Run, model: Run) -> None:
    ours, theirs = baseline.last.languages, model.last.languages
    for code in sorted(ours.keys() & theirs.keys()):
        for unit in ("tokens", "bytes"):
            one, other = getattr(ours[code], unit), getattr(theirs[code], unit)
            if one != other:
                raise InputError(
                    f"{baseline.path} and {model.path}: different validation sets ({code} has "
                    f"{one} and {other} {unit}); validate both on the same shards"
                )
