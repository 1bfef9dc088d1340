"""Freezing: parts of a model that fine-tuning leaves as they are.

Sparse models overfit small data; to train everything but the experts costs them nothing
(ST-MoE, arXiv 2202.08906, section 4.2).
"""

from langs.errors import InputError
from models.costs.counts import weights
from models.network.transformer import Transformer

FREEZABLE = ("none", "embeddings", "encoder", "experts", "all-but-experts")


def freeze(model: Transformer, part: str) -> None:
    """Freeze a part of a model; routers do not count as experts.

    embeddings: the input's, and with a tied output the output's too; encoder: its layers, norms and
    positions. Raises InputError for an unknown part, and for experts where there are none.
    """
    if part not in FREEZABLE:
        raise InputError(f"freeze {part!r}: use one of {', '.join(FREEZABLE)}")
    if "experts" in part and not model.config.experts:
        raise InputError(f"freeze {part}: the model is dense; use one of none, embeddings, encoder")
    experts = {weight.name for weight in weights(model) if weight.experts > 1}
    for name, parameter in model.named_parameters():
        frozen = {
            "none": False,
            "embeddings": name.startswith("embedding."),
            "encoder": name.startswith("encoder."),
            "experts": name in experts,
            "all-but-experts": name not in experts,
        }
        parameter.requires_grad_(not frozen[part])
