"""Names and layouts of tensors: ours on one side, Hugging Face's on the other.

Theirs has a matrix for each expert and for each half of a gated feed-forward; ours joins them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from langs.errors import InputError
from models.network.config import TransformerConfig

OUTPUT, EMBEDDING = "lm_head.weight", "shared.weight"
# Names of the embedding in each stack: in older folders, where transformers ties nothing, and where
# only one of several tied names was saved (MADLAD-400).
COPIES = ("encoder.embed_tokens.weight", "decoder.embed_tokens.weight")
# A table that the first T5 files hold and no model reads.
UNUSED = {"decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight"}


class Layout(NamedTuple):
    """Joins several tensors of theirs to one of ours, and splits it again."""

    join: Callable[[list[Tensor]], Tensor]
    split: Callable[[Tensor, int], list[Tensor]]


ALONE = Layout(lambda theirs: theirs[0], lambda ours, n: [ours])
HALVES = Layout(torch.cat, lambda ours, n: list(ours.chunk(n)))  # gate first, then linear
# of an expert's two matrices the second is as in nn.Linear, the first the other way round
EXPERTS = {
    "wi": Layout(
        lambda theirs: torch.stack([w.t() for w in theirs]), lambda ours, n: list(ours.mT)
    ),
    "wo": Layout(torch.stack, lambda ours, n: list(ours)),
}


class Place(NamedTuple):
    """A tensor of ours, and the names of its parts in theirs."""

    ours: str
    theirs: list[str]
    layout: Layout = ALONE


def places(config: TransformerConfig, embedding: str = EMBEDDING) -> Iterator[Place]:
    """Every tensor of a model, in a fixed order; embedding: their name of it."""
    yield Place("embedding.weight", [embedding])
    for stack, layers in (("encoder", config.encoder_layers), ("decoder", config.decoder_layers)):
        table = f"{stack}.block.0.layer.0.SelfAttention.relative_attention_bias.weight"
        yield Place(f"{stack}.positions.weight", [table])
        for layer in range(layers):
            yield from _layer(config, stack, layer)
        yield Place(f"{stack}.norm.weight", [f"{stack}.final_layer_norm.weight"])
    if config.separate_output:
        yield Place("output.weight", [OUTPUT])


def _layer(config: TransformerConfig, stack: str, layer: int) -> Iterator[Place]:
    ours, theirs = f"{stack}.layers.{layer}", f"{stack}.block.{layer}.layer"
    parts = {"attention": "SelfAttention"}
    if stack == "decoder":
        parts["cross_attention"] = "EncDecAttention"
    for number, (own, their) in enumerate(parts.items()):
        for name in "qkvo":
            yield Place(f"{ours}.{own}.{name}.weight", [f"{theirs}.{number}.{their}.{name}.weight"])
        yield Place(f"{ours}.{own}_norm.weight", [f"{theirs}.{number}.layer_norm.weight"])
    last = f"{theirs}.{len(parts)}"
    yield Place(f"{ours}.feed_forward_norm.weight", [f"{last}.layer_norm.weight"])
    yield from _feed_forward(config, layer, f"{ours}.feed_forward", last)


def _feed_forward(config: TransformerConfig, layer: int, ours: str, theirs: str) -> Iterator[Place]:
    block = f"{theirs}.{'mlp' if config.experts else 'DenseReluDense'}"
    if config.is_sparse(layer):
        yield Place(f"{ours}.router.weight", [f"{block}.router.classifier.weight"])
        for name, layout in EXPERTS.items():
            names = [f"{block}.experts.expert_{e}.{name}.weight" for e in range(config.experts)]
            yield Place(f"{ours}.{name}", names, layout)
        return
    if config.gated:
        halves = [f"{block}.wi_0.weight", f"{block}.wi_1.weight"]
        yield Place(f"{ours}.wi.weight", halves, HALVES)
    else:
        yield Place(f"{ours}.wi.weight", [f"{block}.wi.weight"])
    yield Place(f"{ours}.wo.weight", [f"{block}.wo.weight"])


def from_hugging_face(config: TransformerConfig, theirs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Our tensors, bit for bit, from theirs (which may be read one by one).

    Raises InputError for a tensor that is missing, has no place, or does not fit its neighbours.
    """
    embedding, *copies = _embeddings(config, theirs)
    used = UNUSED | {*copies}
    weights = {}
    for place in places(config, embedding):
        missing = next((name for name in place.theirs if name not in theirs), None)
        if missing:
            raise InputError(f"{missing} is missing; the folder is not complete")
        parts = [theirs[name] for name in place.theirs]
        if any(part.shape != parts[0].shape or part.dtype != parts[0].dtype for part in parts):
            raise InputError(f"{place.theirs[0]} and its like differ in shape or type")
        if not parts[0].is_floating_point() or (place.layout is not ALONE and parts[0].dim() != 2):
            raise InputError(f"{place.theirs[0]} holds {parts[0].dtype} {list(parts[0].shape)}")
        weights[place.ours] = place.layout.join(parts)
        used |= {*place.theirs}
    unknown = sorted(set(theirs) - used)
    if unknown:
        raise InputError(f"{unknown[0]} has no place in this model ({len(unknown)} such tensors)")
    return weights


def to_hugging_face(
    config: TransformerConfig, ours: Mapping[str, Tensor], copies: Iterable[str] = ()
) -> Iterator[tuple[str, Tensor]]:
    """Their names and tensors, bit for bit, one by one.

    copies: names under which the embedding is written again.
    """
    for place in places(config):
        parts = place.layout.split(ours[place.ours], len(place.theirs))
        for name, part in zip(place.theirs, parts, strict=True):
            yield name, part.contiguous()
    for name in copies:
        yield name, ours["embedding.weight"].clone()


def has_output(theirs: Mapping[str, Tensor]) -> bool:
    """Whether a folder has an output matrix beside its embedding."""
    return OUTPUT in theirs and any(name in theirs for name in (EMBEDDING, *COPIES))


def _embeddings(config: TransformerConfig, theirs: Mapping[str, Tensor]) -> list[str]:
    """The names under which the embedding stands, the first of them to be read.

    Raises InputError if it is another under one of them; `shared.weight` alone if there is none.
    """
    tied = [EMBEDDING, *COPIES, *([] if config.separate_output else [OUTPUT])]
    names = [name for name in tied if name in theirs] or [EMBEDDING]
    for name in names[1:]:
        if not torch.equal(theirs[name], theirs[names[0]]):
            raise InputError(f"{name} is not {names[0]}: one embedding serves for both in ours")
    return names
