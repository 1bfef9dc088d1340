"""The shares of a teacher's gain over a baseline that students keep (the paper's Tables 6 to 8)."""

from dataclasses import replace
from statistics import median

from pipeline.evaluate.report import (
    KeptScores,
    LanguageEntry,
    ModelEntry,
    Report,
    Scores,
    ShareKept,
    Student,
    Translation,
)
from pipeline.evaluate.runs.metrics import NotYetError


def with_shares_kept(report: Report, teacher: str) -> Report:
    """A comparison with the role of the teacher, and the shares of students in all their figures.

    Students are the dense models that are no larger than the baseline.

    Args:
        report: a comparison in which every model but the baseline has the role `model`.
        teacher: the name of a model.

    Returns:
        The report with the shares overall, of each language and of each direction; None for a
        language in which the teacher gained nothing.

    Raises:
        NotYetError: the teacher is not better than the baseline, in neither measure of translators.
    """
    _check_gain(report, teacher)
    taught = report.models[teacher]
    students = [
        name
        for name, entry in report.others.items()
        if name != teacher
        and not entry.experts
        and (entry.parameters or 0) <= (report.first.parameters or 0)
    ]
    names = [(report.baseline, teacher, student) for student in students]
    languages = {code: _language(entry, names) for code, entry in report.languages.items()}
    models = {
        name: _student(report.first, taught, entry, languages) if name in students else entry
        for name, entry in report.models.items()
    }
    models[teacher] = replace(taught, role="teacher")
    scores = report.translation and Translation(
        _scores(report.translation.models, names),
        {name: _scores(models, names) for name, models in report.translation.directions.items()},
    )
    return replace(report, models=models, languages=languages, translation=scores)


def share_kept(baseline: float, teacher: float, student: float) -> float | None:
    """(student - baseline) / (teacher - baseline); None without a gain."""
    return (student - baseline) / (teacher - baseline) if teacher > baseline else None


def _check_gain(report: Report, teacher: str) -> None:
    first, taught = report.first, report.models[teacher]
    gains = [taught.quality.neg_log_perplexity - first.quality.neg_log_perplexity]
    if report.translation:
        scores, others = (report.translation.models[name] for name in (report.baseline, teacher))
        gains.append(others.chrf - scores.chrf)
        gains.append(others.neg_log_perplexity - scores.neg_log_perplexity)
    if max(gains) <= 0:
        raise NotYetError(
            f"the teacher {teacher} is not better than the baseline {report.baseline}; "
            "there is no gain of which a student could keep a share"
        )


def _student(
    first: ModelEntry, taught: ModelEntry, entry: ModelEntry, languages: dict[str, LanguageEntry]
) -> ModelEntry:
    kept = [language.models[entry.name].kept for language in languages.values()]
    known = [
        share.share_of_gain_kept for share in kept if share and share.share_of_gain_kept is not None
    ]
    qualities = (values.quality.neg_log_perplexity for values in (first, taught, entry))
    student = Student(
        share_of_gain_kept=share_kept(*qualities),
        compression=1 - (entry.parameters or 0) / (taught.parameters or 1),
        median_share_of_gain_kept=median(known) if known else None,
    )
    return replace(entry, role="student", student=student)


def _language(entry: LanguageEntry, names: list[tuple[str, str, str]]) -> LanguageEntry:
    models = dict(entry.models)
    for trio in names:
        figures = (models[name].quality.neg_log_perplexity for name in trio)
        models[trio[2]] = replace(models[trio[2]], kept=ShareKept(share_kept(*figures)))
    return replace(entry, models=models)


def _scores(models: dict[str, Scores], names: list[tuple[str, str, str]]) -> dict[str, Scores]:
    made = dict(models)
    for trio in names:
        kept = KeptScores(
            share_kept(*(models[name].neg_log_perplexity for name in trio)),
            share_kept(*(models[name].chrf for name in trio)),
        )
        made[trio[2]] = replace(models[trio[2]], kept=kept)
    return made
