"""Output projection and cross-entropy in one: the logits of all tokens never exist at once.

Gradients are computed in the forward pass, block after block of tokens, from the very exponentials
that give the loss. For a large vocabulary this is where a small model's time and memory go.
Shapes: N tokens, D d_model, V vocabulary.
"""

from typing import Any

import torch
from torch import Tensor

BLOCK_TOKENS = 512


class LinearCrossEntropy(torch.autograd.Function):
    """See `linear_cross_entropy`."""

    @staticmethod
    def forward(
        ctx: Any, hidden: Tensor, weight: Tensor, target: Tensor, ignore: int
    ) -> tuple[Tensor, Tensor]:
        with_gradient = any(ctx.needs_input_grad)
        grad_hidden = torch.zeros_like(hidden) if with_gradient else None
        grad_weight = torch.zeros_like(weight, dtype=torch.float32) if with_gradient else None
        token_nll = torch.zeros(len(target), dtype=torch.float32, device=hidden.device)
        for start in range(0, len(target), BLOCK_TOKENS):
            rows = slice(start, start + BLOCK_TOKENS)
            wanted, real = target[rows], target[rows] != ignore
            scores = (hidden[rows] @ weight.t()).float()
            scores -= scores.amax(dim=-1, keepdim=True)
            wanted_score = scores.gather(1, wanted[:, None])[:, 0]
            total = scores.exp_().sum(dim=-1)
            token_nll[rows] = (total.log() - wanted_score) * real
            if grad_hidden is not None and grad_weight is not None:
                scores *= (real / total)[:, None]  # softmax: what remains is p - one_hot(target)
                scores.scatter_add_(1, wanted[:, None], -real[:, None].float())
                gradient = scores.to(hidden.dtype)
                grad_hidden[rows] = gradient @ weight
                grad_weight += gradient.t() @ hidden[rows]
        if grad_hidden is not None and grad_weight is not None:
            ctx.save_for_backward(grad_hidden, grad_weight.to(weight.dtype))
        ctx.mark_non_differentiable(token_nll)
        return token_nll.sum(), token_nll

    @staticmethod
    def backward(ctx: Any, grad_sum: Tensor, _: Tensor) -> tuple[Tensor, Tensor, None, None]:
        grad_hidden, grad_weight = ctx.saved_tensors
        return grad_hidden * grad_sum, grad_weight * grad_sum, None, None


def linear_cross_entropy(
    hidden: Tensor, weight: Tensor, target: Tensor, ignore: int
) -> tuple[Tensor, Tensor]:
    """-log softmax(hidden weight^T)[target], in nats.

    hidden [N, D] and weight [V, D], of one float dtype; target [N] int64, `ignore` where nothing is
    wanted. Returns the sum, float32, with gradients for hidden and weight, and the float32 [N]
    it is the sum of, without gradients. Products are in hidden's dtype, the soft-max in float32.
    """
    sum_and_tokens: tuple[Tensor, Tensor] = LinearCrossEntropy.apply(hidden, weight, target, ignore)
    return sum_and_tokens
