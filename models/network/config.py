"""The settings of the network, each said once: the options of fairseq and the checks follow."""

from collections.abc import Iterator
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any

from models.layers.experts.router import EXPLORATIONS


def _option(help: str, default: Any = MISSING, kind: str = "") -> Any:
    """A field that is an option; kind: "count" (at least 1), "share" (0 to less than 1) or ""."""
    return field(default=default, metadata={"help": help, "kind": kind})


@dataclass(frozen=True)
class TransformerConfig:
    """The shape of the network; the named sizes are in architectures.py."""

    vocabulary_size: int
    d_model: int = _option("width of the residual stream", kind="count")
    d_ff: int = _option("width inside a feed-forward block or expert", kind="count")
    d_kv: int = _option("width of an attention head", kind="count")
    heads: int = _option("attention heads", kind="count")
    encoder_layers: int = _option("layers of the encoder")
    decoder_layers: int = _option("layers of the decoder")
    gated: bool = _option("gated GELU (T5 v1.1, mT5) instead of ReLU", False)
    separate_output: bool = _option(
        "output embedding of its own (T5 v1.1, mT5), not the input's", False
    )
    unscaled_output: bool = _option("tied output without d_model^-0.5: for Adam", False)
    experts: int = _option("experts in each Switch layer; 0: a dense model", 0)
    expert_widths: tuple[int, ...] = _option(
        "d_ff of each expert where they differ (Switch, future work 4): 128,256,...", ()
    )
    attention_experts: bool = _option(
        "experts for queries, keys and values of sparse layers too (Switch, appendix A)", False
    )
    sparse_every: int = _option("each N-th feed-forward is a Switch layer", 2, kind="count")
    sparse_first: int = _option(
        "first Switch layer of a stack, from 1; 0: the N-th of --sparse-every", 0
    )
    top_k: int = _option("experts of a token: 1 is Switch, 2 the MoE of Switch's Table 1", 1)
    capacity_factor: float | None = _option(
        "expert capacity in training, as a factor of an even share; none: dropless", 1.25
    )
    eval_capacity_factor: float | None = _option(
        "expert capacity in evaluation, as a factor of an even share; none: dropless", None
    )
    exploration: str = _option(
        "exploration of the router in training (Table 11): " + ", ".join(EXPLORATIONS), "jitter"
    )
    jitter: float = _option(
        "jitter: noise on the router's input in training, a factor of 1 +- this", 1e-2, kind="share"
    )
    reroute_rounds: int = _option(
        "no-token-left-behind (appendix B): next best experts for a token over capacity", 0
    )
    low_precision_router: bool = _option(
        "no selective precision (section 2.4): router as precise as the rest", False
    )
    local_balance: bool = _option(
        "load-balancing loss over the batch of a process, not over all processes", False
    )
    dropout: float = _option("dropout outside the experts", 0.0, kind="share")
    expert_dropout: float = _option(
        "expert dropout (section 3.3), inside the experts, if larger than --dropout",
        0.0,
        kind="share",
    )
    expert_masking: float = _option(
        "expert output masking: share of the tokens without their experts' output (NLLB)",
        0.0,
        kind="share",
    )
    init_scale: float = _option(
        "scale of the initial weights' variance (section 2.4; T5's own is 1.0)", 0.1
    )
    embedding_std: float = _option("standard deviation of the initial embeddings", 1.0)
    position_buckets: int = _option("buckets of relative positions in each stack", 32)
    position_max_distance: int = _option("distance from which positions share a bucket", 128)
    pad: int = 0

    def is_sparse(self, layer: int) -> bool:
        """Whether the layer (from 0) has a Switch feed-forward: the 2nd, 4th, ... for every 2nd."""
        every, first = self.sparse_every, self.sparse_first
        return self.experts > 0 and layer in sparse_layers(layer + 1, every, first)


def sparse_layers(layers: int, every: int, first: int = 0) -> range:
    """The Switch layers (from 0) of a stack, for `sparse_every` and `sparse_first`."""
    return range((first or every) - 1, layers, every)


def options() -> Iterator[Field[Any]]:
    """The fields that are options; the vocabulary's size and pad follow from the dictionary."""
    return (field for field in fields(TransformerConfig) if field.metadata)
