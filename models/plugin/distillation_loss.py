"""Distillation: cross-entropy with the one-hot target and, for a share, with a teacher."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fairseq.criterions import register_criterion
from torch import Tensor

from langs.errors import InputError
from models.distillation.teachers import Source, StoredTeacher, TeacherModel
from models.layers.cross_entropy import Teacher
from models.layers.soft_targets import Smoothed

from .model import option
from .switch_cross_entropy import SwitchCrossEntropy, SwitchCrossEntropyConfig


@dataclass
class DistillationConfig(SwitchCrossEntropyConfig):
    """Options of the loss. The teacher is a checkpoint, or stored probabilities of one."""

    teacher: str = option("", "checkpoint of the teacher, which stays in memory")
    teacher_probabilities: str = option("", "folder of `mswitch distill --store` (no --teacher)")
    teacher_share: float = option(0.25, "share of the loss against the teacher (Switch, 4.2)")


@register_criterion("distillation", dataclass=DistillationConfig)
class Distillation(SwitchCrossEntropy):
    """(1 - s) x cross-entropy with the target + s x cross-entropy with the teacher (Switch, 4.2).

    Temperature 1, over target tokens; padding has no part in it. Label smoothing is within the
    target's share. Validation measures the cross-entropy with the target alone.
    For any task whose batches have `net_input` and `target`; stored probabilities also need `id`,
    each sequence's number in the order of training, and the task's `data_order`.
    """

    def __init__(
        self,
        task: Any,
        balance_weight: float,
        z_weight: float,
        teacher: str,
        teacher_probabilities: str,
        teacher_share: float,
        label_smoothing: float = 0.0,
    ) -> None:
        """Raises InputError for a teacher that cannot be read or does not fit the data."""
        super().__init__(task, balance_weight, z_weight, label_smoothing)
        if not 0 <= teacher_share <= 1:
            raise InputError(f"teacher_share is {teacher_share}: give 0 to 1")
        if bool(teacher) == bool(teacher_probabilities):
            raise InputError("give --teacher or --teacher-probabilities, one of them")
        self.share = teacher_share
        dictionary = task.source_dictionary
        self.source: Source = (
            TeacherModel(Path(teacher), dictionary)
            if teacher
            else StoredTeacher(Path(teacher_probabilities), task.data_order, len(dictionary))
        )

    def teacher(self, sample: dict[str, Any], hidden: Tensor) -> Teacher:
        """The teacher's soft targets for a batch, smoothed where asked for."""
        teacher = self.source.teacher(sample, hidden, self.share)
        return Smoothed(teacher, self.label_smoothing) if self.label_smoothing else teacher
