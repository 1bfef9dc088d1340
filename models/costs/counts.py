"""Costs of a model: parameters, active parameters (those that one token meets) and FLOPs.

Everything is read off the weights of the model itself, which may be on the meta device, where even
1.6 trillion of them take no memory: a new kind of layer needs no formula of its own here.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from models.layers.experts.router import Router
from models.layers.experts.switch_attention import SwitchAttention
from models.layers.experts.switch_layer import SwitchFeedForward, UnequalSwitchFeedForward
from models.network.config import TransformerConfig
from models.network.transformer import Transformer

BACKWARD = 2  # the backward pass multiplies by each weight twice


class Lengths(NamedTuple):
    """Tokens of the source and of the target of a sequence pair."""

    source: int
    target: int


@dataclass(frozen=True)
class Weight:
    """One parameter of a Transformer; in a sparse layer it may hold one or all of the experts."""

    name: str  # as in the state dict
    shape: tuple[int, ...]
    held: range = range(1)  # the experts it holds
    experts: int = 1  # experts of its layer
    chosen: int = 1  # experts of its layer that a token goes to

    @property
    def size(self) -> int:
        """Number of parameters."""
        return math.prod(self.shape)

    @property
    def active(self) -> Fraction:
        """Active parameters: those that one token meets; the mean over experts of unequal width."""
        return Fraction(self.size * self.chosen, self.experts)

    @property
    def layer(self) -> tuple[str, int] | None:
        """("encoder" or "decoder", number from 0), or None outside the layers."""
        path = self.name.split(".")
        return (path[0], int(path[2])) if path[1] == "layers" else None

    @property
    def part(self) -> str:
        """embedding, output, positions, norm, attention, cross_attention, feed_forward, router."""
        path = self.name.split(".")
        if any(step.endswith("router") for step in path):
            return "router"
        block = path[3] if self.layer else path[path[0] in ("encoder", "decoder")]
        return "norm" if block.endswith("norm") else block

    @property
    def multiplies(self) -> bool:
        """Whether it is a matrix of a layer (embeddings, norms and positions are not)."""
        return self.part in ("attention", "cross_attention", "feed_forward", "router")

    def tokens(self, lengths: Lengths) -> int:
        """Number of tokens that meet it; keys and values of cross-attention meet the source."""
        is_memory = self.part == "cross_attention" and self.name.split(".")[4] in ("k", "v")
        is_source = is_memory or self.name.startswith("encoder.")
        return lengths.source if is_source else lengths.target


class _NoFilling(TorchFunctionMode):
    """Skips random fillings, for which torch would load its compiler (a second or more)."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        if func in (nn.init.normal_, nn.init.kaiming_uniform_):
            return (kwargs or {})["tensor"]
        if func is Tensor.uniform_:  # by nn.init.trunc_normal_
            return args[0]
        return func(*args, **(kwargs or {}))


def on_meta(config: TransformerConfig) -> Transformer:
    """The model on the meta device: no memory for its weights."""
    with torch.device("meta"), _NoFilling():
        return Transformer(config)


def weights(model: Transformer) -> list[Weight]:
    """Every parameter, in the order of the state dict."""
    experts = {
        f"{layer_name}.{name}": (held, router.experts, min(router.top_k, router.experts))
        for layer_name, layer in model.named_modules()
        for name, held, router in expert_parameters(layer)
    }
    return [
        Weight(name, tuple(parameter.shape), *experts.get(name, ()))
        for name, parameter in model.named_parameters()
    ]


def expert_parameters(layer: nn.Module) -> Iterator[tuple[str, range, Router]]:
    """(name, experts held, router) of each parameter of a layer's experts; none if it is dense."""
    if isinstance(layer, SwitchFeedForward):
        for name in ("wi", "wo"):
            yield name, range(layer.router.experts), layer.router
    elif isinstance(layer, SwitchAttention):
        for name, router in (("q", layer.query_router), ("kv", layer.key_value_router)):
            yield name, range(router.experts), router
    elif isinstance(layer, UnequalSwitchFeedForward):
        for expert, block in enumerate(layer.blocks()):
            for name, _ in block.named_parameters():
                yield f"experts.{expert}.{name}", range(expert, expert + 1), layer.router


def parameters(weights: Iterable[Weight]) -> int:
    """Number of parameters."""
    return sum(weight.size for weight in weights)


def active_parameters(weights: Iterable[Weight]) -> int:
    """Number of active parameters: of each Switch layer only the experts that a token goes to."""
    return round(sum(weight.active for weight in weights))


def forward_flops(model: Transformer, lengths: Lengths) -> int:
    """FLOPs of one forward pass over one sequence pair; a multiply-add counts 2.

    All matrix products (projections, attention, feed-forward, router, soft-max); embedding look-ups
    and element-wise work are left out, as is usual. No expert does more than its tokens.
    """
    products = sum(2 * w.active * w.tokens(lengths) for w in weights(model) if w.multiplies)
    return round(products) + attention_flops(model.config, lengths) + soft_max_flops(model, lengths)


def attention_flops(config: TransformerConfig, lengths: Lengths) -> int:
    """FLOPs of attention in a forward pass: scores, and their products with the values."""
    own = config.encoder_layers * lengths.source**2 + config.decoder_layers * lengths.target**2
    cross = config.decoder_layers * lengths.target * lengths.source
    return 2 * 2 * config.heads * config.d_kv * (own + cross)


def soft_max_flops(model: Transformer, lengths: Lengths) -> int:
    """FLOPs of the logits in a forward pass, with a tied output embedding or its own."""
    return 2 * lengths.target * model.config.vocabulary_size * model.config.d_model


def training_flops_per_token(model: Transformer, lengths: Lengths) -> float:
    """FLOPs of forward and backward pass (3 x forward) by source and target token."""
    return (1 + BACKWARD) * forward_flops(model, lengths) / sum(lengths)
