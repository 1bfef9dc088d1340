"""What students keep of their teacher's gain over a baseline (the paper's Tables 6 to 8)."""

from statistics import median
from typing import Any

from pipeline.evaluate.metrics import NotYetError

SHARE_KEPT = "share_of_gain_kept"


def add_shares_kept(entries: list[dict[str, Any]], languages: dict[str, Any], teacher: str) -> None:
    """Give models their roles, and students their shares, overall and of each language.

    entries: a comparison's models, the baseline first. Students are the dense models that are no
    larger than it. A language in which the teacher gained nothing has None. Raises NotYetError for
    a teacher that is not better than the baseline.
    """
    baseline, taught = entries[0], next(one for one in entries if one["name"] == teacher)
    if taught is baseline or _final(taught["quality"]) <= _final(baseline["quality"]):
        raise NotYetError(
            f"the teacher {teacher} is not better than the baseline {baseline['name']}; "
            "there is no gain of which a student could keep a share"
        )
    taught["role"] = "teacher"
    for entry in entries[1:]:
        if entry is taught or entry["experts"] or entry["parameters"] > baseline["parameters"]:
            continue
        entry["role"] = "student"
        entry[SHARE_KEPT] = share_kept(*(one["quality"] for one in (baseline, taught, entry)))
        entry["compression"] = 1 - entry["parameters"] / taught["parameters"]
        shares = []
        for language in languages.values():
            models = language["models"]
            three = (models[one["name"]] for one in (baseline, taught, entry))
            models[entry["name"]][SHARE_KEPT] = share_kept(*three)
            shares.append(models[entry["name"]][SHARE_KEPT])
        known = [share for share in shares if share is not None]
        entry[f"median_{SHARE_KEPT}"] = median(known) if known else None


def share_kept(
    baseline: dict[str, Any], teacher: dict[str, Any], student: dict[str, Any]
) -> float | None:
    """(student - baseline) / (teacher - baseline) in neg. log perplexity; None without a gain."""
    gain = _final(teacher) - _final(baseline)
    return (_final(student) - _final(baseline)) / gain if gain > 0 else None


def _final(quality: dict[str, Any]) -> float:
    return float(quality["neg_log_perplexity"])
