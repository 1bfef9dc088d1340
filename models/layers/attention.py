"""Multi-head attention of T5: no biases, no 1/sqrt(d), relative positions added to the scores.

Shapes: B batch, Q query positions, S key positions, D d_model, H heads, K size of a head.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from .biased_attention import biased_attention
from .linear import joined_linear


class KeyValueCache:
    """Keys and values of one attention layer, grown by one call after another while decoding.

    They lie in memory that doubles when it is full, so that a step writes its own positions only.
    """

    def __init__(self) -> None:
        self.length = 0  # positions held
        self.store: Tensor | None = None  # [2, B, H, room, K]: keys and values

    @property
    def keys(self) -> Tensor | None:
        """[B, H, length, K], or None before the first call."""
        return None if self.store is None else self.store[0, :, :, : self.length]

    @property
    def values(self) -> Tensor | None:
        """[B, H, length, K], or None before the first call."""
        return None if self.store is None else self.store[1, :, :, : self.length]

    def append(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Append keys and values [B, H, new, K]; return all that are held, [B, H, length, K]."""
        start, self.length = self.length, self.length + keys.shape[2]
        store = self.store = self.with_room(keys)
        store[0, :, :, start : self.length] = keys
        store[1, :, :, start : self.length] = values
        return store[0, :, :, : self.length], store[1, :, :, : self.length]

    def place(self, rows: Tensor, keys: Tensor, values: Tensor, shape: torch.Size) -> None:
        """Write keys and values [n, H, at most S, K] to rows [n] of a batch of `shape` (B, S).

        Positions that are not written are 0.
        """
        batch, self.length = shape
        if self.store is None:
            _, heads, _, size = keys.shape
            self.store = keys.new_zeros(2, batch, heads, self.length, size)
        for stored, new in zip(self.store, (keys, values), strict=True):
            stored[:, :, : new.shape[2]].index_copy_(0, rows, new)

    def with_room(self, keys: Tensor) -> Tensor:
        """The store [2, B, H, room, K] with room for `length` positions: doubled if it is full."""
        held = 0 if self.store is None else self.store.shape[3]
        if self.store is not None and held >= self.length:
            return self.store
        batch, heads, _, size = keys.shape
        store = keys.new_empty(2, batch, heads, max(self.length, 2 * held), size)
        if self.store is not None:
            store[:, :, :, :held] = self.store
        return store

    def select(self, rows: Tensor) -> None:
        """Keep these batch rows alone, int64 [new B]: finished sentences leave."""
        if self.store is not None:
            self.store = self.store.index_select(1, rows)


class Attention(nn.Module):
    """softmax(q k^T + bias) v; the bias carries positions and the mask (T5, arXiv 1910.10683)."""

    def __init__(self, d_model: int, heads: int, d_kv: int, dropout: float = 0.0) -> None:
        super().__init__()
        inner = heads * d_kv
        self.heads, self.d_kv, self.dropout = heads, d_kv, dropout
        self.q = nn.Linear(d_model, inner, bias=False)
        self.k = nn.Linear(d_model, inner, bias=False)
        self.v = nn.Linear(d_model, inner, bias=False)
        self.o = nn.Linear(inner, d_model, bias=False)

    def initialise(self, scale: float) -> None:
        """T5's normal distributions, std sqrt(scale / fan_in); the query's over sqrt(d_kv)."""
        d_model, inner = self.q.in_features, self.q.out_features
        nn.init.normal_(self.q.weight, std=math.sqrt(scale / (d_model * self.d_kv)))
        nn.init.normal_(self.k.weight, std=math.sqrt(scale / d_model))
        nn.init.normal_(self.v.weight, std=math.sqrt(scale / d_model))
        nn.init.normal_(self.o.weight, std=math.sqrt(scale / inner))

    def project(self, x: Tensor, *names: str) -> list[Tensor]:
        """The projections named ("q", "k", "v") of x [B, T, D], each [B, H, T, K]."""
        weights = [getattr(self, name).weight for name in names]
        return [split_heads(part, self.heads) for part in joined_linear(x, *weights)]

    def forward(
        self,
        x: Tensor,
        bias: Tensor | None,
        memory: Tensor | None = None,
        cache: KeyValueCache | None = None,
    ) -> Tensor:
        """Self-attention, or cross-attention where a memory is given.

        Args:
            x: [B, Q, D], any float dtype.
            bias: [B or 1, H or 1, Q, S] in x's dtype, added to the scores; very low where masked.
            memory: [B, S, D], the encoder's states; None for self-attention.
            cache: of a decoder; the memory's keys and values are computed once, x's are appended.

        Returns:
            [B, Q, D] in x's dtype.
        """
        if memory is None:
            queries, keys, values = self.project(x, "q", "k", "v")
            if cache is not None:
                keys, values = cache.append(keys, values)
        else:
            (queries,) = self.project(x, "q")
            keys, values = self.memory_of(memory, cache)
        drop = self.dropout if self.training else 0.0
        return self.o(attend(queries, keys, values, bias, drop))

    def memory_of(self, memory: Tensor, cache: KeyValueCache | None) -> tuple[Tensor, Tensor]:
        """Keys and values [B, H, S, K] of memory [B, S, D], from the cache after the first call."""
        if cache is not None and cache.keys is not None and cache.values is not None:
            return cache.keys, cache.values
        keys, values = self.project(memory, "k", "v")
        return (keys, values) if cache is None else cache.append(keys, values)


def split_heads(x: Tensor, heads: int) -> Tensor:
    """[B, positions, H * K] -> [B, H, positions, K]."""
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)


def attend(
    queries: Tensor, keys: Tensor, values: Tensor, bias: Tensor | None, dropout: float
) -> Tensor:
    """softmax(q k^T + bias) v as [B, Q, H * K], for queries, keys and values [B, H, ..., K]."""
    if bias is not None and bias.requires_grad and not dropout and bias.device.type == "cpu":
        q, k, v = (x.transpose(1, 2) for x in (queries, keys, values))
        return biased_attention(q, k, v, bias.to(q.dtype)).flatten(2)
    y = scaled_dot_product_attention(
        queries, keys, values, attn_mask=bias, dropout_p=dropout, scale=1.0
    )
    return y.transpose(1, 2).flatten(2)


class RelativePositionBias(nn.Module):
    """A learnt bias for each head and bucket of distances (T5): 32 buckets, maximum distance 128.

    Half of the buckets are for exact small distances, the others grow logarithmically.
    """

    def __init__(
        self, heads: int, bidirectional: bool, buckets: int = 32, max_distance: int = 128
    ) -> None:
        super().__init__()
        self.bidirectional, self.buckets, self.max_distance = bidirectional, buckets, max_distance
        self.weight = nn.Parameter(torch.empty(buckets, heads))

    def bucket(self, distance: Tensor) -> Tensor:
        """Bucket (int64) of key position minus query position (int64), any shape."""
        buckets, offset = self.buckets, torch.zeros_like(distance)
        if self.bidirectional:
            buckets //= 2
            offset = (distance > 0).long() * buckets
            distance = distance.abs()
        else:
            distance = -distance.clamp(max=0)
        exact = buckets // 2
        log_ratio = torch.log(distance.clamp(min=1).float() / exact)
        far = exact + (log_ratio / math.log(self.max_distance / exact) * (buckets - exact)).long()
        return offset + torch.where(distance < exact, distance, far.clamp(max=buckets - 1))

    def forward(self, queries: int, keys: int) -> Tensor:
        """The bias of every pair of positions, the queries being the last of the keys' positions.

        Args:
            queries: number of query positions.
            keys: number of key positions, at least as many.

        Returns:
            [1, H, queries, keys] in the weight's dtype.
        """
        device = self.weight.device
        key_positions = torch.arange(keys, device=device)
        query_positions = torch.arange(keys - queries, keys, device=device)
        distance = key_positions[None, :] - query_positions[:, None]
        return self.weight[self.bucket(distance)].permute(2, 0, 1).unsqueeze(0)
