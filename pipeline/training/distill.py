"""Distillation as stages: a dense student of a sparse teacher, and what the teacher says, stored.

(Switch, section 4.2.) A student is trained as any model, by the settings of its kind of training;
this adds the weights it starts from and its teacher.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from langs.errors import InputError
from models.formats.data_folder import SHARDS_JSON
from pipeline.stages import folders, settings
from pipeline.stages.settings import setting
from pipeline.training import convert, finetune, last_step, pretrain, process
from pipeline.training.finetune import FinetuneConfig
from pipeline.training.flags import shape_flags
from pipeline.training.pretrain import PretrainConfig

TEACHER, NEW = "teacher", "new"


@dataclass
class DistillConfig:
    """A student and its teacher."""

    teacher: str  # checkpoint of a Switch model
    teacher_probabilities: str | None = setting(
        None, "folder that --store made: train without the teacher in memory", item="DIR"
    )
    teacher_share: float = setting(
        0.25,
        "share of the loss on the teacher's probabilities (soft labels); the rest is on the data",
        least=0,
        most=1,
    )
    weights: str = setting(
        TEACHER,
        f"weights the student starts from: {TEACHER} (its non-expert weights), {NEW}, or a dense "
        "checkpoint",
    )
    student: PretrainConfig | FinetuneConfig = field(default_factory=PretrainConfig)


@dataclass(frozen=True)
class Training:
    """How models of one kind of settings are trained."""

    check: Callable[[Any], None]
    flags: Callable[[Any, Path], list[str]]
    start: str  # flag that names the checkpoint to start from
    data: str  # what of the data folder is the input
    batch: str  # setting that says how large a batch is
    order: tuple[str, ...]  # settings, beside it, that the sequences follow from
    summary: Callable[[Path], dict[str, Any]]  # what a finished run folder says of itself
    has_stopped: Callable[[Any, Path], bool]  # whether early stopping ended a run


TRAININGS: dict[type, Training] = {
    PretrainConfig: Training(
        check=pretrain.check,
        flags=pretrain.flags,
        start="--finetune-from-model",
        data="shards",
        batch="batch_size",
        order=("steps", "source_tokens", "seed", "fairseq"),
        summary=lambda folder: {},
        has_stopped=lambda config, folder: False,
    ),
    FinetuneConfig: Training(
        check=finetune.check,
        flags=finetune.flags,
        start="--initialise-from",
        data="",
        batch="max_tokens",
        order=(
            *("steps", "longest", "seed", "fairseq"),
            *("pretraining_data", "pretraining_share", "pretraining_tokens"),
        ),
        summary=finetune.best,
        has_stopped=finetune.has_stopped,
    ),
}


def distill(data: Path, output: Path, config: DistillConfig) -> dict[str, Any]:
    """Train a student in the run folder `output`; continue or skip it. Returns the summary.

    Raises InputError for bad settings, missing data, a teacher that is none, or stored
    probabilities that are not of this training; SystemExit with its exit code when training fails,
    which has then said why; KeyboardInterrupt.
    """
    kind = TRAININGS[type(config.student)]
    kind.check(config.student)
    settings.check(config)
    inputs = _inputs(data, config)
    if config.teacher_probabilities:
        inputs["teacher_probabilities"] = Path(config.teacher_probabilities)
        _check_stored(Path(config.teacher_probabilities), kind, config)
    if config.weights not in (TEACHER, NEW):
        inputs["weights"] = Path(config.weights)
    lasting = replace(config, student=last_step.lasting(config.student))
    made_from = folders.fingerprint(lasting, inputs)

    def train(folder: Path) -> dict[str, Any]:
        _check_teacher(Path(config.teacher), data / convert.TOKENIZER)
        if config.weights not in (TEACHER, NEW):
            _check_start(Path(config.weights), data / convert.TOKENIZER, kind)
        convert.copy_tokenizer(data / convert.TOKENIZER, folder, made_from)
        first = _first_weights(folder, config)
        given = [*shape_flags(first), "--arch", "student", kind.start, str(first)]
        given += [*kind.flags(config.student, folder), *_teacher_flags(config)]
        last_step.to_end(
            folder,
            config.student.steps,
            [str(data), *given],
            partial(kind.has_stopped, config.student),
        )
        return _summary(folder, config) | kind.summary(folder)

    goes_on = last_step.goes_on(config.student, output, section="student")
    return folders.made(output, made_from, train, title="distill", continued=True, goes_on=goes_on)


def store(data: Path, output: Path, config: DistillConfig, top: int, limit_gb: float) -> None:
    """Store the teacher's `top` most probable pieces for all that the student will be trained on.

    limit_gb: disk space that may be taken. Continues or skips; raises as `distill`, and InputError
    for want of space.
    """
    kind = TRAININGS[type(config.student)]
    kind.check(config.student)
    order = {name: getattr(config.student, name) for name in (kind.batch, *kind.order)}
    made_from = folders.fingerprint({"top": top, **order}, _inputs(data, config))

    def work(folder: Path) -> dict[str, Any]:
        _check_teacher(Path(config.teacher), data / convert.TOKENIZER)
        given = ["--top", str(top), "--disk-limit-gb", str(limit_gb), str(data)]
        given += ["--arch", "student", *kind.flags(config.student, folder)]
        given += ["--criterion", "distillation", "--teacher", config.teacher]
        process.run_process("models.store_probabilities", given)
        return {"top": top, **order}

    folders.made(output, made_from, work, title="distill", continued=True)


def _inputs(data: Path, config: DistillConfig) -> dict[str, Path]:
    """What both student and stored probabilities are made from.

    Raises InputError for a data folder of the other kind of training.
    """
    student, shards = config.student, data / "shards"
    prepared = (shards / folders.SUCCESS).exists()
    inputs = {"data": data / TRAININGS[type(student)].data, "teacher": Path(config.teacher)}
    if isinstance(student, PretrainConfig):
        if not prepared and (shards / SHARDS_JSON).exists():
            raise InputError(
                f"{data} is a folder of mswitch bitext: students of translators are trained by "
                "mswitch distill translation"
            )
        return inputs
    if prepared:
        raise InputError(
            f"{data} is a folder of mswitch prepare: give one of mswitch bitext, or train a "
            "student for pretraining by mswitch distill"
        )
    if student.pretraining_data:
        inputs["pretraining_data"] = Path(student.pretraining_data) / "shards"
    return inputs


def _check_teacher(path: Path, tokenizer: Path) -> None:
    """Raises InputError for a teacher that has no experts, or another tokenizer than the data."""
    from models.weights.checkpoint import read  # torch takes a second to import

    teacher = read(path)
    if not teacher.config.experts:
        raise InputError(f"{path} has no experts: a teacher is a Switch model, give another")
    _check_same_tokenizer(path, teacher.data, tokenizer)


def _check_same_tokenizer(path: Path, data: str, tokenizer: Path) -> None:
    from models.tokenizer.folder import DICTIONARY, read_dictionary
    from models.weights.vocabulary import check_same_tokenizer

    check_same_tokenizer(path, data, read_dictionary(tokenizer / DICTIONARY)[0])


def _check_stored(folder: Path, kind: Training, config: DistillConfig) -> None:
    """Raises InputError unless the batches of this training are among those that were stored."""
    stored = folders.read_summary(folder)
    for name in (kind.batch, *kind.order):
        if name == "fairseq":
            continue  # of these the training process checks what counts
        stored_value, value = stored.get(name, 0), getattr(config.student, name)
        if stored_value != value and not (name == "steps" and value < stored_value):
            raise InputError(
                f"{folder} was stored for {name} {stored_value} and training has {value}; store it "
                "for this training, or train as it was stored"
            )


def _check_start(path: Path, tokenizer: Path, kind: Training) -> None:
    """Raises InputError for weights of a sparse model, or of one with another tokenizer.

    Fine-tuning starts from a tokenizer without tags too.
    """
    from models.weights.checkpoint import read  # torch takes a second to import
    from models.weights.vocabulary import check_tokenizer

    start = read(path)
    if experts := start.config.experts:
        raise InputError(f"{path} has {experts} experts: a student is dense, give another")
    if kind is TRAININGS[FinetuneConfig]:
        check_tokenizer(start, path, tokenizer)
    else:
        _check_same_tokenizer(path, start.data, tokenizer)


def _first_weights(folder: Path, config: DistillConfig) -> Path:
    """The checkpoint that training starts from."""
    import torch  # takes a second to import

    from models.weights import checkpoint
    from models.weights.initial_weights import initial_student

    if config.weights not in (TEACHER, NEW):
        return Path(config.weights)
    path = folder / f"{config.weights}_weights.pt"  # a report tells students apart by the name
    if not path.exists():
        teacher = checkpoint.read(Path(config.teacher))
        torch.manual_seed(config.student.seed)
        checkpoint.write(path, initial_student(teacher, copy=config.weights == TEACHER))
    return path


def _teacher_flags(config: DistillConfig) -> list[str]:
    if not config.teacher_share:
        return []
    source = (
        ["--teacher-probabilities", config.teacher_probabilities]
        if config.teacher_probabilities
        else ["--teacher", config.teacher]
    )
    return ["--criterion", "distillation", *source, "--teacher-share", str(config.teacher_share)]


def _summary(folder: Path, config: DistillConfig) -> dict[str, Any]:
    """Sizes of both, and the compression (Table 7): the share of the parameters that is gone."""
    from models.weights.checkpoint import NAME, read

    teacher, student = (
        sum(weight.numel() for weight in read(path).weights.values())
        for path in (Path(config.teacher), folder / NAME)
    )
    return {
        "steps": config.student.steps,
        "teacher_parameters": teacher,
        "student_parameters": student,
        "compression": 1 - student / teacher,
    }
