"""What each technique of distillation gives by itself: the rows of the paper's Table 6."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from langs.errors import InputError
from pipeline.evaluate.report import ModelEntry, Report, Translation
from pipeline.show.numbers import NOTHING, percent, quality
from pipeline.show.table import aligned
from pipeline.stages.progress import say
from pipeline.training.distill import NEW, TEACHER, DistillConfig, distill


class Technique(NamedTuple):
    """How a student differs from the baseline."""

    weights: str
    share: float | None  # of the loss that is the teacher's; None: that of the mix
    paper: str  # gain kept in Table 6


TECHNIQUES = {
    "weights": Technique(TEACHER, 0.0, "-2 %"),
    "soft": Technique(NEW, 1.0, "3 %"),
    "mix": Technique(NEW, None, NOTHING),
    "weights-soft": Technique(TEACHER, 1.0, "20 %"),
    "weights-mix": Technique(TEACHER, None, "29 %"),
}
USUAL = ("weights", "mix", "weights-mix")


def ablation(
    data: Path, output: Path, config: DistillConfig, baseline: Path, names: Sequence[str] = USUAL
) -> Report:
    """A student for each technique, in OUTPUT/<technique>, and their comparison in OUTPUT/report.

    baseline: the dense run without any, trained for as many steps on the same data. Continues what
    is there; returns the comparison. Raises as `distill` and `compare_models`.
    """
    from pipeline.report.build import compare_models  # SciPy takes half a second to import

    for name in names:
        if name not in TECHNIQUES:
            raise InputError(f"no technique {name!r}; there are {', '.join(TECHNIQUES)}")
    for number, name in enumerate(names, 1):
        say(f"[{number}/{len(names)}] {name}")
        distill(data, output / name, config_of(config, name))
    runs, teacher = [output / name for name in names], Path(config.teacher).parent
    return compare_models(runs, baseline, output / "report", teacher=teacher)


def config_of(config: DistillConfig, name: str) -> DistillConfig:
    """The settings of one technique.

    Without the teacher's weights a student starts from those that `config` names, else from new
    ones.
    """
    technique = TECHNIQUES[name]
    share = config.teacher_share if technique.share is None else technique.share
    start = NEW if config.weights == TEACHER else config.weights
    weights = start if technique.weights == NEW else technique.weights
    return replace(config, weights=weights, teacher_share=share)


def table(report: Report, names: Sequence[str], config: DistillConfig) -> str:
    """Table 6 of these runs, for the screen; of translators with their scores."""
    if report.translation:
        return _of_translators(report.translation, names, config)
    others = list(report.others.values())
    teacher = next(entry for entry in others if entry.role == "teacher")
    rows = [["Technique", "Weights", "Teacher's share of the loss", "Neg. log perplexity",
             "Gain kept", "Median language", "Paper"]]  # fmt: skip
    rows.append(["neither", NEW, "0", _quality(report.first), *[NOTHING] * 3])
    for name, entry in zip(names, others, strict=False):  # the teacher comes last
        technique = config_of(config, name)
        student = entry.student
        kept = [student.share_of_gain_kept, student.median_share_of_gain_kept] if student else []
        share = f"{technique.teacher_share:g}"
        rows.append([name, technique.weights, share, _quality(entry), *map(percent, kept),
                     TECHNIQUES[name].paper])  # fmt: skip
    rows.append(["the teacher", NOTHING, NOTHING, _quality(teacher), *[NOTHING] * 3])
    return aligned(rows, None)


def _of_translators(scores: Translation, names: Sequence[str], config: DistillConfig) -> str:
    from pipeline.report.runs.tables import SCORED, scored

    baseline, *others = map(scored, scores.models.values())
    rows = [["Technique", "Weights", "Teacher's share of the loss", *SCORED]]
    rows.append(["neither", NOTHING, "0", *baseline])
    for name, cells in zip(names, others, strict=False):  # the teacher comes last
        technique = config_of(config, name)
        weights = technique.weights if technique.weights in (TEACHER, NEW) else "a checkpoint"
        rows.append([name, weights, f"{technique.teacher_share:g}", *cells])
    rows.append(["the teacher", NOTHING, NOTHING, *others[-1]])
    return aligned(rows, None)


def _quality(entry: ModelEntry) -> str:
    return quality(entry.quality.neg_log_perplexity)
