"""First weights of a model from those of another: a Switch model's from a dense one, and back.

Sparse upcycling (arXiv 2212.05055): a dense model becomes a Switch model that computes the same.
Each expert is a copy of the dense feed-forward, and the router is new. But a Switch layer's output
is multiplied by the gate p, so copies alone would give the dense output times about 1 / experts.
Here the experts' last matrix is multiplied by the number of experts, and the router's weights are
so small that every p is 1 / experts to about LOGIT_STD: gate times matrix is the dense layer again.
(Making the chosen gates sum to 1, as the paper does with several experts a token, would leave a
top-1 router without a gradient.) Which expert wins does not depend on the size of the weights, so
tokens spread as they do in any new router, and the router learns from the first step on.

Distillation (Switch, section 4.2): a dense student costs the same FLOPs a token as its sparse
teacher, and everything outside the experts has the same shape in both. Embeddings, attention, norms
and the dense feed-forwards are copied; the feed-forwards in the places of Switch layers are new.
"""

import math
from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from langs.errors import InputError
from models.layers.feed_forward import truncated_normal_
from models.network.config import TransformerConfig
from models.network.options import check
from models.network.transformer import Transformer

from .checkpoint import Checkpoint

STUDENT = "student"  # architecture: a dense model of any shape
LOGIT_STD = 1e-7  # of the router's first logits, about, for inputs of mean square 1


def upcycle(dense: Checkpoint, experts: int, sparse_every: int = 2) -> Checkpoint:
    """The Switch model of a dense one; the routers are drawn from torch's generator, in float32.

    Evaluation is dropless, as in an import: any other capacity factor would drop tokens that the
    dense model serves. Raises InputError for a model that has experts, and for too few experts or
    layers.
    """
    config = sparse_config(dense.config, experts, sparse_every)
    check(config)
    weights = {}
    for name, weight in dense.weights.items():
        place = sparse_place(config, name)
        if place is None:
            weights[name] = weight
        else:
            weights |= dict(sparse_weights(config, place, name, weight))
    return Checkpoint("switch_transformer", config, weights, dense.data)


def sparse_config(dense: TransformerConfig, experts: int, sparse_every: int) -> TransformerConfig:
    """The settings of the Switch model."""
    if dense.experts:
        raise InputError(f"the model has {dense.experts} experts already; give a dense checkpoint")
    if experts < 2:
        raise InputError(f"experts is {experts}: give at least 2")
    layers = max(dense.encoder_layers, dense.decoder_layers)
    if not 1 <= sparse_every <= layers:
        raise InputError(
            f"sparse_every is {sparse_every}: give 1 to {layers}, the layers there are"
        )
    return replace(dense, experts=experts, sparse_every=sparse_every, eval_capacity_factor=None)


def sparse_place(config: TransformerConfig, name: str) -> str | None:
    """`encoder.layers.1.feed_forward` for a matrix of a layer that becomes sparse, else None."""
    place, separator, _ = name.partition(".feed_forward.")
    if not separator or not config.is_sparse(int(place.rpartition(".")[2])):
        return None
    return f"{place}.feed_forward"


def sparse_weights(
    config: TransformerConfig, place: str, name: str, weight: Tensor
) -> Iterator[tuple[str, Tensor]]:
    """The experts' tensor for a dense matrix, and with the first of the two the router's."""
    if name.endswith(".wi.weight"):
        yield f"{place}.wi", weight.t().repeat(config.experts, 1, 1)
        router = torch.empty(config.experts, config.d_model)
        truncated_normal_(router, LOGIT_STD / math.sqrt(config.d_model))
        yield f"{place}.router.weight", router
    else:
        yield f"{place}.wo", (weight * config.experts).repeat(config.experts, 1, 1)


def student_config(teacher: TransformerConfig) -> TransformerConfig:
    """The settings of the dense model of a teacher's shape."""
    return replace(teacher, experts=0, expert_widths=(), attention_experts=False)


def initial_student(teacher: Checkpoint, copy: bool) -> Checkpoint:
    """The student before training, float32, drawn by torch's generator.

    copy: the teacher's non-expert weights take the place of those drawn.
    """
    config = student_config(teacher.config)
    weights = Transformer(config).state_dict()
    for name, weight in teacher.weights.items() if copy else ():
        if name in weights:  # the same name is the same part; experts have names of their own
            weights[name] = weight.float()
    return Checkpoint(STUDENT, config, weights, teacher.data)
