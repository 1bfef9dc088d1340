"""The transformer as fairseq sees it: `--arch t5_tiny`, `--arch switch_tiny`, and options."""

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

import models.fairseq_compat  # noqa: F401  (before anything of fairseq)

# isort: split
from fairseq.dataclass import FairseqDataclass
from fairseq.models import BaseFairseqModel, register_model, register_model_architecture

from langs.errors import InputError
from models.layers.experts.router import EXPLORATIONS
from models.network.architectures import architecture, architectures
from models.network.options import OPTION_NAMES, check, config_from_options, options_from_config
from models.network.transformer import StackOutput, Transformer, TransformerConfig
from models.weights.initial_weights import STUDENT


def option(default: Any, text: str) -> Any:
    """A dataclass field with its help text for the command line."""
    return field(default=default, metadata={"help": text})


@dataclass
class SwitchTransformerOptions(FairseqDataclass):
    """Command-line options of the model; what is not given comes from the named architecture."""

    d_model: int = option(64, "width of the residual stream")
    d_ff: int = option(256, "width inside a feed-forward block or expert")
    d_kv: int = option(16, "width of an attention head")
    heads: int = option(4, "attention heads")
    encoder_layers: int = option(2, "layers of the encoder")
    decoder_layers: int = option(2, "layers of the decoder")
    gated: bool = option(False, "gated GELU instead of ReLU")
    separate_output: bool = option(False, "an output embedding of its own, not the input's")
    unscaled_output: bool = option(False, "tied output without d_model^-0.5: for Adam")
    experts: int = option(0, "experts in each Switch layer; 0 is a dense model")
    expert_widths: str = option("", "d_ff of each expert where they differ: 128,256,...")
    attention_experts: bool = option(False, "experts for queries, keys and values too")
    sparse_every: int = option(2, "every so many feed-forward layers one is a Switch layer")
    top_k: int = option(1, "experts a token goes to: 1 is Switch, 2 the MoE of Table 1")
    capacity_factor: str = option("1.25", "expert capacity in training; 'none' drops no token")
    eval_capacity_factor: str = option("2.0", "expert capacity in evaluation; 'none' is dropless")
    exploration: str = option("jitter", "of the router in training: " + ", ".join(EXPLORATIONS))
    jitter: float = option(1e-2, "noise on the router's input in training, a factor of 1 +- this")
    reroute_rounds: int = option(0, "next best experts that a token over capacity asks for")
    low_precision_router: bool = option(False, "router in the rest's precision, not in float32")
    local_balance: bool = option(False, "balance loss over a process's own batch, not over all")
    dropout: float = option(0.0, "dropout outside the experts")
    expert_dropout: float = option(0.0, "dropout inside the experts, if larger than --dropout")
    expert_masking: float = option(0.0, "share of tokens without their experts' output")
    init_scale: float = option(0.1, "scale of the initial weights' variance (Switch, 2.4)")
    embedding_std: float = option(1.0, "standard deviation of the initial embeddings")
    position_buckets: int = option(32, "buckets of relative positions in each stack")
    position_max_distance: int = option(128, "distance from which positions share a bucket")


@register_model("switch_transformer", dataclass=SwitchTransformerOptions)
class SwitchTransformer(BaseFairseqModel):
    """fairseq's model around `models.network.transformer.Transformer`."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.transformer = Transformer(config)

    @classmethod
    def build_model(cls, cfg: Any, task: Any) -> "SwitchTransformer":
        """fairseq's constructor: cfg holds SwitchTransformerOptions, task the dictionary."""
        options = {name: getattr(cfg, name) for name in OPTION_NAMES}
        config = config_from_options(options, len(task.source_dictionary))
        check(config)
        return cls(config)

    def forward(self, src_tokens: Tensor, prev_output_tokens: Tensor) -> StackOutput:
        """Decoder states [B, T, d_model] and routing for int64 [B, S] and [B, T]."""
        return self.transformer(src_tokens, prev_output_tokens)

    def load_state_dict(
        self,
        state_dict: Mapping[str, Any],
        strict: bool = True,
        model_cfg: Any = None,
        args: Namespace | None = None,
    ) -> Any:
        """fairseq's hook; raises InputError, one line, if the weights are another model's."""
        own = self.state_dict()
        for name in [*own, *state_dict]:
            stored, needed = (
                tuple(w[name].shape) if name in w else None for w in (state_dict, own)
            )
            if stored != needed:
                raise InputError(
                    f"{name.removeprefix('transformer.')} is {stored or 'missing'} in the "
                    f"checkpoint and {needed or 'missing'} in this model; give its own --model and "
                    "options, and data with its own tokenizer"
                )
        return super().load_state_dict(state_dict, strict, model_cfg, args)

    def max_positions(self) -> None:
        """None: relative positions have no limit."""


def register(name: str) -> None:
    """Make a named architecture known to fairseq; options given by the user win over the table."""

    def fill_in(args: Namespace) -> None:
        for option_name, value in options_from_config(architecture(name)).items():
            if getattr(args, option_name, None) is None:
                setattr(args, option_name, value)

    register_model_architecture("switch_transformer", name)(fill_in)


for architecture_name in architectures():
    register(architecture_name)
register_model_architecture("switch_transformer", STUDENT)(lambda args: None)  # of any shape
