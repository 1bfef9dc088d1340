"""What a model costs: parameters, those that one token meets, and FLOPs.

Everything is read off the weights of the model itself, which may be on the meta device, where even
1.6 trillion of them take no memory: a new kind of layer needs no formula of its own here.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from .layers.router import Router
from .transformer import Transformer, TransformerConfig

BACKWARD = 2  # the backward pass multiplies by each weight twice


class Lengths(NamedTuple):
    """Tokens of one sequence pair."""

    source: int
    target: int


@dataclass(frozen=True)
class Weight:
    """One parameter of a Transformer; that of a sparse layer holds all experts."""

    name: str  # as in the state dict
    shape: tuple[int, ...]
    experts: int = 1  # how many of them it holds
    chosen: int = 1  # how many of these a token goes to

    @property
    def size(self) -> int:
        """Numbers in it."""
        return math.prod(self.shape)

    @property
    def active(self) -> int:
        """Numbers in it that one token meets."""
        return self.size * self.chosen // self.experts

    @property
    def layer(self) -> tuple[str, int] | None:
        """("encoder" or "decoder", number from 0), or None outside the layers."""
        path = self.name.split(".")
        return (path[0], int(path[2])) if path[1] == "layers" else None

    @property
    def part(self) -> str:
        """embedding, output, positions, norm, attention, cross_attention, feed_forward, router."""
        path = self.name.split(".")
        if "router" in path:
            return "router"
        block = path[3] if self.layer else path[path[0] in ("encoder", "decoder")]
        return "norm" if block.endswith("norm") else block

    @property
    def multiplies(self) -> bool:
        """Whether hidden states of a layer are multiplied by it (the soft-max's are not)."""
        return self.part in ("attention", "cross_attention", "feed_forward", "router")

    def tokens(self, lengths: Lengths) -> int:
        """How many tokens it meets. Cross-attention's keys and values are of the source."""
        of_memory = self.part == "cross_attention" and self.name.split(".")[4] in ("k", "v")
        is_source = of_memory or self.name.startswith("encoder.")
        return lengths.source if is_source else lengths.target


class _NoFilling(TorchFunctionMode):
    """Passes over random fillings, for which torch would load its compiler (a second or more)."""

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
    """The model without memory for its weights."""
    with torch.device("meta"), _NoFilling():
        return Transformer(config)


def weights(model: Transformer) -> list[Weight]:
    """Every parameter, in the order of the state dict.

    The parameters of a module that has a router are its experts', stacked.
    """
    routers = {
        f"{module_name}.{name}": router
        for module_name, module in model.named_modules()
        if isinstance(router := getattr(module, "router", None), Router)
        for name, _ in module.named_parameters(recurse=False)
    }
    return [
        Weight(name, tuple(parameter.shape), *experts_and_chosen(routers.get(name)))
        for name, parameter in model.named_parameters()
    ]


def experts_and_chosen(router: Router | None) -> tuple[int, int]:
    """How many experts a router has, and how many a token goes to."""
    return (router.experts, min(router.top_k, router.experts)) if router else (1, 1)


def parameters(of: Iterable[Weight]) -> int:
    """All numbers."""
    return sum(weight.size for weight in of)


def active_parameters(of: Iterable[Weight]) -> int:
    """Those that one token meets: of each Switch layer only the experts it goes to."""
    return sum(weight.active for weight in of)


def forward_flops(model: Transformer, lengths: Lengths) -> int:
    """FLOPs of one forward pass over one sequence pair; a multiply-add counts 2.

    All matrix products (projections, attention, feed-forward, router, soft-max); embedding look-ups
    and element-wise work are left out, as is usual. No expert does more than its tokens.
    """
    products = sum(2 * w.active * w.tokens(lengths) for w in weights(model) if w.multiplies)
    return products + attention_flops(model.config, lengths) + soft_max_flops(model, lengths)


def attention_flops(config: TransformerConfig, lengths: Lengths) -> int:
    """Scores, and values weighed by them: two products of queries x keys for every head."""
    own = config.encoder_layers * lengths.source**2 + config.decoder_layers * lengths.target**2
    cross = config.decoder_layers * lengths.target * lengths.source
    return 2 * 2 * config.heads * config.d_kv * (own + cross)


def soft_max_flops(model: Transformer, lengths: Lengths) -> int:
    """Target states times the output embedding, tied or not."""
    return 2 * lengths.target * model.config.vocabulary_size * model.config.d_model


def training_flops_per_token(model: Transformer, lengths: Lengths) -> float:
    """Forward and backward (three times the forward pass), over source and target tokens."""
    return (1 + BACKWARD) * forward_flops(model, lengths) / sum(lengths)
