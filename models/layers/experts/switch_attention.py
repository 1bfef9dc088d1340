"""Experts in self-attention: Switch layers make queries, keys and values (Switch, appendix A).

Shapes: B batch, Q positions, D d_model, H heads, K size of a head, E experts.
"""

import math

import torch
from torch import Tensor, nn

from models.layers.attention import KeyValueCache, attend, split_heads

from .expert_linear import expert_linear
from .mixture import mixture
from .router import Router, RoutingStatistics


class SwitchAttention(nn.Module):
    """T5's self-attention with, for each token, an expert for its query and one for its key and
    value, which share the choice (figure 10); each expert is linear.

    A token over capacity has a query, or a key and a value, of 0: it looks everywhere as its
    biases say, or is looked at for nothing.
    """

    def __init__(
        self,
        query_router: Router,
        key_value_router: Router,
        d_model: int,
        heads: int,
        d_kv: int,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        inner = heads * d_kv
        self.query_router, self.key_value_router = query_router, key_value_router
        self.heads, self.d_kv, self.dropout = heads, d_kv, dropout
        self.q = nn.Parameter(torch.empty(query_router.experts, inner, d_model))
        self.kv = nn.Parameter(torch.empty(key_value_router.experts, 2 * inner, d_model))
        self.o = nn.Linear(inner, d_model, bias=False)

    def initialise(self, scale: float) -> None:
        """Initialise as Attention does, and the routers by their own rule."""
        self.query_router.initialise(scale)
        self.key_value_router.initialise(scale)
        _, inner, d_model = self.q.shape
        nn.init.normal_(self.q, std=math.sqrt(scale / (d_model * self.d_kv)))
        nn.init.normal_(self.kv, std=math.sqrt(scale / d_model))
        nn.init.normal_(self.o.weight, std=math.sqrt(scale / inner))

    def forward(
        self, x: Tensor, bias: Tensor | None, real: Tensor, cache: KeyValueCache | None = None
    ) -> tuple[Tensor, list[RoutingStatistics]]:
        """Self-attention with experts.

        Args:
            x: [B, Q, D], any float dtype.
            bias: [B or 1, H or 1, Q, S] in x's dtype, added to the scores; very low where masked.
            real: bool [B, Q], False for padding.
            cache: of a decoder; x's keys and values are appended.

        Returns:
            [B, Q, D] in x's dtype, and the statistics of the query's and the key-value router.
        """
        queries, query_statistics = mixture(
            self.query_router, x, real, lambda rows, ends: expert_linear(rows, self.q.mT, ends)
        )
        keys_values, key_value_statistics = mixture(
            self.key_value_router, x, real, lambda rows, ends: expert_linear(rows, self.kv.mT, ends)
        )
        keys, values = (split_heads(part, self.heads) for part in keys_values.chunk(2, dim=-1))
        if cache is not None:
            keys, values = cache.append(keys, values)
        drop = self.dropout if self.training else 0.0
        y = attend(split_heads(queries, self.heads), keys, values, bias, drop)
        return self.o(y), [query_statistics, key_value_statistics]
