"""Teachers (see cross_entropy.py): a whole distribution, or its K most probable pieces.

Label smoothing is a teacher with the uniform distribution.
Shapes: N tokens, n of them in a block, V vocabulary, D the teacher's d_model.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from .cross_entropy import SoftTargets, Teacher


@dataclass(frozen=True)
class WholeDistribution:
    """q = softmax(hidden weight^T), at temperature 1."""

    share: float
    hidden: Tensor  # [N, D], ready for the output projection
    weight: Tensor  # [V, D]

    def soft_targets(self, rows: slice, scores: Tensor) -> SoftTargets:
        """See Teacher."""
        q = (self.hidden[rows] @ self.weight.t()).float().softmax(dim=-1)
        return SoftTargets(q, torch.linalg.vecdot(q, scores))


@dataclass(frozen=True)
class TopPieces:
    """q of the K most probable pieces; the rest of its mass is one bucket, the tail.

    The loss is the cross-entropy over K + 1 outcomes, where the student's own tail is all that it
    gives to other pieces. Its gradient is that of a q whose rest is spread over the tail as the
    student spreads it: within the tail the teacher says nothing. (K pieces made to sum to 1 would
    teach that nothing else can come.) With K = V there is no tail, and q is the whole distribution.
    """

    share: float
    ids: Tensor  # int64 [N, K], different ones in each row
    log_probabilities: Tensor  # float32 [N, K]

    def soft_targets(self, rows: slice, scores: Tensor) -> SoftTargets:
        """See Teacher."""
        ids, top = self.ids[rows], self.log_probabilities[rows].exp()
        if ids.shape[1] < scores.shape[1]:
            rest = (1 - top.sum(dim=-1)).clamp(min=0)
        else:
            rest = top.new_zeros(len(top))
        top = top * ((1 - rest) / top.sum(dim=-1))[:, None]  # rounding of what was stored
        tail = scores.exp().scatter_(1, ids, 0.0)
        tail_total = tail.sum(dim=-1).clamp(min=torch.finfo(tail.dtype).tiny)
        mean_score = torch.linalg.vecdot(top, scores.gather(1, ids)) + rest * tail_total.log()
        return SoftTargets(
            tail.mul_((rest / tail_total)[:, None]).scatter_(1, ids, top), mean_score
        )


@dataclass(frozen=True)
class Uniform:
    """Label smoothing: q is the uniform distribution (Szegedy et al., arXiv 1512.00567)."""

    share: float

    def soft_targets(self, rows: slice, scores: Tensor) -> SoftTargets:
        """See Teacher."""
        pieces = scores.shape[1]
        q = scores.new_full((1, 1), 1 / pieces).expand(len(scores), pieces)
        return SoftTargets(q, scores.mean(dim=-1))


@dataclass(frozen=True)
class Smoothed:
    """A teacher beside label smoothing: (1 - s) ((1 - e) one-hot + e uniform) + s q."""

    teacher: Teacher
    smoothing: float  # e, within the share 1 - s

    @property
    def share(self) -> float:
        """Share of the loss that is not on the one-hot target: s + (1 - s) e."""
        return self.teacher.share + (1 - self.teacher.share) * self.smoothing

    def soft_targets(self, rows: slice, scores: Tensor) -> SoftTargets:
        """See Teacher."""
        part = self.teacher.share / self.share if self.share else 0.0
        uniform = Uniform(self.smoothing).soft_targets(rows, scores)
        own = self.teacher.soft_targets(rows, scores)
        return SoftTargets(
            uniform.probabilities.lerp(own.probabilities, part),
            uniform.mean_score.lerp(own.mean_score, part),
        )
