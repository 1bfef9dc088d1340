"""Attention with a learnt bias on a CPU, where torch's fused kernels give such a bias no gradient.

Head after head, so that one head's scores are still in the cache for the next step, and without
copies of queries, keys and values: each product reads its head's columns where they lie.
Shapes: B batch, Q query positions, S key positions, H heads, K size of a head.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


class BiasedAttention(torch.autograd.Function):
    """softmax(q k^T + bias) v: see `biased_attention`."""

    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, bias: Tensor) -> Tensor:
        batch, queries, heads, _ = q.shape
        weights = q.new_empty(heads, batch, queries, k.shape[1])
        y = torch.empty_like(q)
        with torch.autocast(q.device.type, enabled=False):
            for h in range(heads):
                scores = torch.bmm(q[:, :, h], k[:, :, h].transpose(1, 2), out=weights[h])
                scores += bias[:, min(h, bias.shape[1] - 1)]
                torch.softmax(scores, dim=-1, out=scores)
                y[:, :, h] = torch.bmm(scores, v[:, :, h])
        ctx.save_for_backward(q, k, v, bias, weights)
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        q, k, v, bias, weights = ctx.saved_tensors
        grad_q, grad_k, grad_v = empty_side_by_side(q, k, v)
        grad_bias = torch.zeros_like(bias)
        grad_scores = torch.empty_like(weights[0])
        for h, weight in enumerate(weights):
            grad_v[:, :, h] = torch.bmm(weight.transpose(1, 2), grad[:, :, h])
            torch.bmm(grad[:, :, h], v[:, :, h].transpose(1, 2), out=grad_scores)
            softmax_backward_(grad_scores, weight)
            place = grad_bias[:, min(h, bias.shape[1] - 1)]
            place += grad_scores.sum_to_size(place.shape)
            grad_q[:, :, h] = torch.bmm(grad_scores, k[:, :, h])
            grad_k[:, :, h] = torch.bmm(grad_scores.transpose(1, 2), q[:, :, h])
        return grad_q, grad_k, grad_v, grad_bias


def empty_side_by_side(*like: Tensor) -> Sequence[Tensor]:
    """New tensors of the shapes and dtypes given [B, positions, H, K]; of one shape: views of one.

    A joined projection takes such gradients without a copy (`linear.side_by_side`).
    """
    if len({tensor.shape for tensor in like}) > 1:
        return [torch.empty_like(tensor) for tensor in like]
    *places, heads, size = like[0].shape
    return like[0].new_empty(*places, len(like), heads, size).unbind(2)


def softmax_backward_(grad: Tensor, y: Tensor) -> None:
    """Turn the gradient of softmax's output y into that of its input, in place."""
    torch._softmax_backward_data(grad, y, -1, y.dtype, grad_input=grad)


def biased_attention(q: Tensor, k: Tensor, v: Tensor, bias: Tensor) -> Tensor:
    """softmax(q k^T + bias) v, with gradients for all four.

    Args:
        q: [B, Q, H, K], any float dtype.
        k: [B, S, H, K] in q's dtype.
        v: [B, S, H, K] in q's dtype.
        bias: [B or 1, H or 1, Q or 1, S] in q's dtype.

    Returns:
        [B, Q, H, K] in q's dtype.
    """
    result: Tensor = BiasedAttention.apply(q, k, v, bias)
    return result
