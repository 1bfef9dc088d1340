"""What students keep of their teacher's gain over a baseline (the paper's Tables 6 to 8)."""

from statistics import median
from typing import Any

from pipeline.evaluate.runs.metrics import NotYetError
from pipeline.evaluate.translation_quality import CHRF, QUALITY

SHARE_KEPT = "share_of_gain_kept"
CHRF_KEPT = "share_of_chrf++_gain_kept"


def add_shares_kept(
    entries: list[dict[str, Any]],
    languages: dict[str, Any],
    teacher: str,
    translated: dict[str, Any] | None = None,
) -> None:
    """Give models their roles, and students their shares, overall and of each language.

    entries: a comparison's models, the baseline first. Students are the dense models that are no
    larger than it. translated: of `translation`, with shares of its own in both measures. A
    language in which the teacher gained nothing has None. Raises NotYetError for a teacher that is
    not better than the baseline, of translators in neither measure.
    """
    baseline, taught = entries[0], next(one for one in entries if one["name"] == teacher)
    scores = translated["models"] if translated else {}
    pairs = [(baseline["quality"], taught["quality"], QUALITY)]
    if scores:
        pairs += [(scores[baseline["name"]], scores[teacher], key) for key in (CHRF, QUALITY)]
    if taught is baseline or not any(two[key] > one[key] for one, two, key in pairs):
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
        names = baseline["name"], teacher, entry["name"]
        every = [language["models"] for language in languages.values()]
        shares = [_add(models, names, SHARE_KEPT, QUALITY) for models in every]
        known = [share for share in shares if share is not None]
        entry[f"median_{SHARE_KEPT}"] = median(known) if known else None
        for models in (scores, *translated["directions"].values()) if translated else ():
            _add(models, names, SHARE_KEPT, QUALITY)
            _add(models, names, CHRF_KEPT, CHRF)


def share_kept(
    baseline: dict[str, Any], teacher: dict[str, Any], student: dict[str, Any], key: str = QUALITY
) -> float | None:
    """(student - baseline) / (teacher - baseline) in a measure; None without a gain."""
    gain = float(teacher[key]) - float(baseline[key])
    return (float(student[key]) - float(baseline[key])) / gain if gain > 0 else None


def _add(models: dict[str, Any], names: tuple[str, str, str], name: str, key: str) -> float | None:
    """Give the last of three models its share of what the second gained over the first."""
    baseline, teacher, student = (models[one] for one in names)
    student[name] = share_kept(baseline, teacher, student, key)
    share: float | None = student[name]
    return share
