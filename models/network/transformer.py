"""The T5 encoder-decoder, dense or with Switch layers (arXiv 1910.10683, 2101.03961).

Pre-norm blocks, RMSNorm, no biases, relative positions in the first layer's table of each stack.
Shapes: B batch, S source positions, T target positions, D d_model, V vocabulary.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout

from models.layers.attention import Attention, KeyValueCache, RelativePositionBias
from models.layers.experts.router import Router, RoutingStatistics
from models.layers.experts.switch_attention import SwitchAttention
from models.layers.experts.switch_layer import (
    SparseFeedForward,
    SwitchFeedForward,
    UnequalSwitchFeedForward,
)
from models.layers.feed_forward import FeedForward
from models.layers.linear import linear, wide_linear
from models.layers.norm import RMSNorm

from .config import TransformerConfig


class StackOutput(NamedTuple):
    """Hidden states [B, positions, D] and the statistics of each Switch layer, first to last."""

    hidden: Tensor
    routing: list[RoutingStatistics]


class LayerCache(NamedTuple):
    """Keys and values that one decoder layer keeps between decoding steps."""

    own: KeyValueCache
    memory: KeyValueCache


class Layer(nn.Module):
    """Self-attention, cross-attention in a decoder, feed-forward; each pre-norm and residual."""

    def __init__(self, config: TransformerConfig, index: int, decoder: bool) -> None:
        super().__init__()
        self.dropout = config.dropout
        self.attention_norm = RMSNorm(config.d_model)
        self.attention = build_self_attention(config, index)
        if decoder:
            self.cross_attention_norm = RMSNorm(config.d_model)
            self.cross_attention = Attention(*attention_shape(config))
        self.feed_forward_norm = RMSNorm(config.d_model)
        self.feed_forward = build_feed_forward(config, index)

    def forward(
        self,
        x: Tensor,
        bias: Tensor,
        real: Tensor,
        memory: Tensor | None = None,
        memory_bias: Tensor | None = None,
        cache: LayerCache | None = None,
    ) -> tuple[Tensor, list[RoutingStatistics]]:
        """x: [B, positions, D]; bias, memory_bias: see Attention; real: [B, positions] bool."""
        own, memories = cache if cache is not None else (None, None)
        x, normed = self.attention_norm.branch(x)
        y, routing = self.attend(normed, bias, real, own)
        x = x + self.drop(y)
        if memory is not None:
            x, normed = self.cross_attention_norm.branch(x)
            x = x + self.drop(self.cross_attention(normed, memory_bias, memory, memories))
        x, normed = self.feed_forward_norm.branch(x)
        if isinstance(self.feed_forward, SparseFeedForward):
            y, statistics = self.feed_forward(normed, real)
            return x + self.drop(y), [*routing, statistics]
        return x + self.drop(self.feed_forward(normed)), routing

    def attend(
        self, x: Tensor, bias: Tensor, real: Tensor, cache: KeyValueCache | None
    ) -> tuple[Tensor, list[RoutingStatistics]]:
        """Self-attention, and the statistics of its routers if it has any."""
        if isinstance(self.attention, SwitchAttention):
            return self.attention(x, bias, real, cache)
        return self.attention(x, bias, cache=cache), []

    def drop(self, x: Tensor) -> Tensor:
        """Dropout on a residual branch."""
        return dropout(x, self.dropout, self.training)


def build_self_attention(config: TransformerConfig, layer: int) -> nn.Module:
    """The self-attention of a layer: dense, or in sparse layers perhaps with experts."""
    if not (config.attention_experts and config.is_sparse(layer)):
        return Attention(*attention_shape(config))
    query, key_value = build_router(config), build_router(config)
    return SwitchAttention(query, key_value, *attention_shape(config))


def attention_shape(config: TransformerConfig) -> tuple[int, int, int, float]:
    """(d_model, heads, d_kv, dropout): the arguments of Attention."""
    return config.d_model, config.heads, config.d_kv, config.dropout


def build_feed_forward(config: TransformerConfig, layer: int) -> nn.Module:
    """The dense or Switch feed-forward of a layer; the only difference between the two models."""
    if not config.is_sparse(layer):
        return FeedForward(config.d_model, config.d_ff, config.gated, config.dropout)
    dropouts = max(config.expert_dropout, config.dropout), config.expert_masking
    shared = (config.gated, *dropouts)
    router = build_router(config)
    if config.expert_widths:
        return UnequalSwitchFeedForward(router, config.d_model, config.expert_widths, *shared)
    return SwitchFeedForward(router, config.d_model, config.d_ff, *shared)


def build_router(config: TransformerConfig) -> Router:
    """The router of one sparse layer."""
    return Router(
        config.d_model,
        config.experts,
        top_k=config.top_k,
        capacity_factor=config.capacity_factor,
        eval_capacity_factor=config.eval_capacity_factor,
        exploration=config.exploration,
        jitter=config.jitter,
        reroute_rounds=config.reroute_rounds,
        selective_precision=not config.low_precision_router,
        global_balance=not config.local_balance,
    )


class Stack(nn.Module):
    """The encoder or the decoder: layers, one table of relative positions, a final norm."""

    def __init__(self, config: TransformerConfig, decoder: bool) -> None:
        super().__init__()
        layers = config.decoder_layers if decoder else config.encoder_layers
        self.decoder, self.dropout = decoder, config.dropout
        buckets = config.position_buckets, config.position_max_distance
        self.positions = RelativePositionBias(config.heads, not decoder, *buckets)
        self.layers = nn.ModuleList(Layer(config, i, decoder) for i in range(layers))
        self.norm = RMSNorm(config.d_model)

    def forward(
        self,
        x: Tensor,
        real: Tensor,
        memory: Tensor | None = None,
        memory_real: Tensor | None = None,
        caches: list[LayerCache] | None = None,
    ) -> StackOutput:
        """x: embeddings [B, positions, D]; real, memory_real: bool, False for padding.

        caches: one a layer; x then holds only the newest positions, whose real tokens come last.
        """
        seen = caches[0].own.length if caches else 0
        bias = self.self_attention_bias(x, real, seen)
        memory_bias = None
        if memory_real is not None and is_padded(memory_real):
            memory_bias = mask_bias(memory_real[:, None, None, :], x.dtype)
        return self.run(x, bias, real, memory, memory_bias, caches)

    def run(
        self,
        x: Tensor,
        bias: Tensor,
        real: Tensor,
        memory: Tensor | None = None,
        memory_bias: Tensor | None = None,
        caches: list[LayerCache] | None = None,
    ) -> StackOutput:
        """The layers and the final norm, for biases made elsewhere (see Attention)."""
        x = dropout(x, self.dropout, self.training)
        routing: list[RoutingStatistics] = []
        for i, layer in enumerate(self.layers):
            cache = caches[i] if caches else None
            x, statistics = layer(x, bias, real, memory, memory_bias, cache)
            routing += statistics
        return StackOutput(dropout(self.norm(x), self.dropout, self.training), routing)

    def cross_attentions(self) -> Iterator[Attention]:
        """The cross-attentions of a decoder, layer by layer."""
        for layer in self.layers:
            assert isinstance(layer, Layer)
            yield layer.cross_attention

    def self_attention_bias(self, x: Tensor, real: Tensor, seen: int) -> Tensor:
        """Relative positions plus the mask, [B or 1, H, positions, seen + positions], x's dtype.

        A decoder looks back only, so right padding is never seen; an encoder is told of it.
        """
        new = x.shape[1]
        bias = self.positions(new, seen + new).to(x.dtype)
        if not self.decoder:
            return bias + mask_bias(real[:, None, None, :], x.dtype) if is_padded(real) else bias
        allowed = torch.ones(new, seen + new, dtype=torch.bool, device=x.device).tril(seen)
        return bias + mask_bias(allowed, x.dtype)


def is_padded(real: Tensor) -> bool:
    """Whether a mask is needed; a GPU is not asked, since it would have to wait for the answer."""
    return real.device.type != "cpu" or not bool(real.all())


def mask_bias(allowed: Tensor, dtype: torch.dtype) -> Tensor:
    """0 where allowed, half the dtype's lowest value elsewhere (finite: no NaN in padding)."""
    lowest = torch.finfo(dtype).min / 2
    return torch.zeros(allowed.shape, dtype=dtype, device=allowed.device).masked_fill(
        ~allowed, lowest
    )


class Transformer(nn.Module):
    """The whole network: tokens in, hidden states and logits out."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary_size, config.d_model)
        self.encoder = Stack(config, decoder=False)
        self.decoder = Stack(config, decoder=True)
        if config.separate_output:
            self.output = nn.Linear(config.d_model, config.vocabulary_size, bias=False)
        self.initialise()

    def initialise(self) -> None:
        """T5's initialiser with the paper's scale for every projection (section 2.4)."""
        config = self.config
        nn.init.normal_(self.embedding.weight, std=config.embedding_std)
        if config.separate_output:
            nn.init.normal_(self.output.weight, std=config.d_model**-0.5)
        for module in self.modules():
            if isinstance(module, (Attention, FeedForward, SwitchAttention, SparseFeedForward)):
                module.initialise(config.init_scale)
            elif isinstance(module, RelativePositionBias):
                nn.init.normal_(module.weight, std=math.sqrt(config.init_scale / config.d_model))

    def encode(self, source: Tensor) -> StackOutput:
        """Encode sources.

        Args:
            source: int64 [B, S], right-padded.

        Returns:
            Encoder states [B, S, D] and the statistics of the encoder's routers.
        """
        return self.encoder(self.embedding(source), source != self.config.pad)

    def decode(
        self,
        target_input: Tensor,
        memory: Tensor,
        memory_real: Tensor,
        caches: list[LayerCache] | None = None,
        target_real: Tensor | None = None,
    ) -> StackOutput:
        """Decode given targets, or their newest positions.

        Args:
            target_input: int64 [B, T]; it starts with pad, which is T5's start token.
            memory: [B, S, D], the encoder's states.
            memory_real: bool [B, S], False for padding.
            caches: one a layer, for positions after those that the caches hold.
            target_real: bool [B, T], False for padding; default: padding behind the start.

        Returns:
            Decoder states [B, T, D] and the statistics of the decoder's routers.
        """
        if target_real is None:
            target_real = target_input != self.config.pad
            if caches is None or caches[0].own.length == 0:
                target_real = target_real.clone()
                target_real[:, 0] = True
        embedded = self.embedding(target_input)
        return self.decoder(embedded, target_real, memory, memory_real, caches)

    def output_projection(self, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """The two factors of the logits.

        A tied embedding is scaled by D^-0.5 (T5), unless `unscaled_output`: Adam's steps have one
        size, so that small embeddings without the scale learn much sooner than T5's (std 1).

        Args:
            hidden: [..., D], decoder states.

        Returns:
            Hidden states [..., D], scaled, and the output embedding [V, D].
        """
        if self.config.separate_output:
            return hidden, self.output.weight
        scale = 1.0 if self.config.unscaled_output else self.config.d_model**-0.5
        return hidden * scale, self.embedding.weight

    def logits(self, hidden: Tensor) -> Tensor:
        """The logits of decoder states.

        Args:
            hidden: [..., D].

        Returns:
            [..., V] in the dtype of hidden.
        """
        hidden, weight = self.output_projection(hidden)
        return linear(hidden, weight) if torch.is_grad_enabled() else wide_linear(hidden, weight)

    def new_caches(self) -> list[LayerCache]:
        """Empty caches for incremental decoding, one a decoder layer."""
        return [LayerCache(KeyValueCache(), KeyValueCache()) for _ in self.decoder.layers]

    def forward(self, source: Tensor, target_input: Tensor) -> StackOutput:
        """Encode sources and decode their given targets (training).

        Args:
            source: int64 [B, S], right-padded.
            target_input: int64 [B, T]; it starts with pad, which is T5's start token.

        Returns:
            Decoder states [B, T, D], and the statistics of the routers, the encoder's first.
        """
        encoded = self.encode(source)
        decoded = self.decode(target_input, encoded.hidden, source != self.config.pad)
        return StackOutput(decoded.hidden, encoded.routing + decoded.routing)
