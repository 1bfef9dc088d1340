"""Output projection and cross-entropy in one: the logits of all tokens never exist at once.

Gradients are computed in the forward pass, block after block of tokens, from the very exponentials
that give the loss. For a large vocabulary this is where a small model's time and memory go.
Shapes: N tokens, n of them in a block, D d_model, V vocabulary.
"""

from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor

from .linear import wide_linear

BLOCK_TOKENS = 512


class SoftTargets(NamedTuple):
    """Soft targets q of the tokens of a block, beside the one-hot target."""

    probabilities: Tensor  # float32 [n, V], each row sums to 1
    mean_score: Tensor  # float32 [n], their scalar product with the student's scores


class Teacher(Protocol):
    """A distribution q for each token, mixed with the one-hot target."""

    @property
    def share(self) -> float:
        """Share s of the loss that is against q, 0 to 1; the one-hot target has 1 - s."""

    def soft_targets(self, rows: slice, scores: Tensor) -> SoftTargets:
        """The soft targets of a block of tokens.

        Args:
            rows: the block's places among the N tokens.
            scores: float32 [n, V], the student's logits up to a constant of each row; not changed.

        Returns:
            The distributions q, and their scalar products with the scores.
        """
        ...


class LinearCrossEntropy(torch.autograd.Function):
    """See `linear_cross_entropy`."""

    @staticmethod
    def forward(
        ctx: Any,
        hidden: Tensor,
        weight: Tensor,
        target: Tensor,
        ignore: int,
        teacher: Teacher | None,
    ) -> tuple[Tensor, Tensor]:
        with_gradient = any(ctx.needs_input_grad)
        grad_hidden = torch.zeros_like(hidden) if with_gradient else None
        grad_weight = torch.zeros_like(weight, dtype=torch.float32) if with_gradient else None
        token_nll = torch.zeros(len(target), dtype=torch.float32, device=hidden.device)
        token_loss = token_nll if teacher is None else torch.zeros_like(token_nll)
        share = 0.0 if teacher is None else teacher.share
        for start in range(0, len(target), BLOCK_TOKENS):
            rows = slice(start, start + BLOCK_TOKENS)
            wanted, real = target[rows], target[rows] != ignore
            scores = wide_linear(hidden[rows], weight).float()
            scores -= scores.amax(dim=-1, keepdim=True)
            wanted_score = scores.gather(1, wanted[:, None])[:, 0]
            soft = None if teacher is None else teacher.soft_targets(rows, scores)
            total = scores.exp_().sum(dim=-1)
            token_nll[rows] = (total.log() - wanted_score) * real
            if soft is not None:
                soft_nll = (total.log() - soft.mean_score) * real
                token_loss[rows] = (1 - share) * token_nll[rows] + share * soft_nll
            if grad_hidden is not None and grad_weight is not None:
                scores *= (real / total)[:, None]  # softmax: what remains is p - one_hot(target)
                scores.scatter_add_(1, wanted[:, None], (share - 1) * real[:, None].float())
                if soft is not None:
                    scores.addcmul_(soft.probabilities, real[:, None].float(), value=-share)
                gradient = scores.to(hidden.dtype)
                grad_hidden[rows] = gradient @ weight
                add_product(grad_weight, gradient.t(), hidden[rows])
        if grad_hidden is not None and grad_weight is not None:
            ctx.save_for_backward(grad_hidden, grad_weight.to(weight.dtype))
        ctx.mark_non_differentiable(token_nll)
        return token_loss.sum(), token_nll

    @staticmethod
    def backward(ctx: Any, grad_sum: Tensor, _: Tensor) -> tuple[Tensor | None, ...]:
        grad_hidden, grad_weight = ctx.saved_tensors
        return grad_hidden * grad_sum, grad_weight * grad_sum, None, None, None


def add_product(total: Tensor, a: Tensor, b: Tensor) -> None:
    """total += a b, at once where all have one dtype."""
    if total.dtype == a.dtype:
        total.addmm_(a, b)
    else:
        total += a @ b


def linear_cross_entropy(
    hidden: Tensor, weight: Tensor, target: Tensor, ignore: int, teacher: Teacher | None = None
) -> tuple[Tensor, Tensor]:
    """-log softmax(hidden weight^T)[target], in nats.

    With a teacher of share s and distribution q the loss of a token is (1 - s) x the above - s x
    sum_v q_v log softmax(hidden weight^T)_v (Switch, section 4.2). Products are in hidden's dtype,
    the soft-max in float32.

    Args:
        hidden: [N, D], any float dtype.
        weight: [V, D], the output embedding, in hidden's dtype.
        target: int64 [N]; `ignore` marks padding, which has loss 0.
        ignore: the id of padding.
        teacher: the source of q; None for the one-hot target alone.

    Returns:
        The sum of the tokens' losses, float32 scalar with gradients for hidden and weight; and the
        tokens' -log p of the one-hot target, float32 [N], without gradients.
    """
    sum_and_tokens: tuple[Tensor, Tensor] = LinearCrossEntropy.apply(
        hidden, weight, target, ignore, teacher
    )
    return sum_and_tokens
