"""The transformer as fairseq sees it: `--arch t5_tiny`, `--arch switch_tiny`, and options."""

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from torch import Tensor

import models.fairseq_compat  # noqa: F401  (before anything of fairseq)

# isort: split
from fairseq.dataclass import FairseqDataclass
from fairseq.models import BaseFairseqModel, register_model, register_model_architecture

from langs.errors import InputError

from .architectures import architecture, architectures
from .transformer import StackOutput, Transformer, TransformerConfig

DROPLESS = "none"
CAPACITY_FACTORS = {"capacity_factor", "eval_capacity_factor"}
WIDTH_STEP = 8  # grouped products want rows of 16 bytes, which is 8 numbers of bfloat16


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
    sparse_every: int = option(2, "every so many feed-forward layers one is a Switch layer")
    capacity_factor: str = option("1.25", "expert capacity in training; 'none' drops no token")
    eval_capacity_factor: str = option("2.0", "expert capacity in evaluation; 'none' is dropless")
    jitter: float = option(1e-2, "noise on the router's input in training")
    dropout: float = option(0.0, "dropout outside the experts")
    expert_dropout: float = option(0.0, "dropout inside the experts, if larger than --dropout")
    init_scale: float = option(0.1, "scale of the initial weights' variance (Switch, 2.4)")
    embedding_std: float = option(1.0, "standard deviation of the initial embeddings")
    position_buckets: int = option(32, "buckets of relative positions in each stack")
    position_max_distance: int = option(128, "distance from which positions share a bucket")


CONFIG_FIELDS = {f.name for f in fields(TransformerConfig)}
OPTION_NAMES = [f.name for f in fields(SwitchTransformerOptions) if f.name in CONFIG_FIELDS]


@register_model("switch_transformer", dataclass=SwitchTransformerOptions)
class SwitchTransformer(BaseFairseqModel):
    """fairseq's model around `models.transformer.Transformer`."""

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

    def max_positions(self) -> None:
        """Relative positions have no limit."""


def config_from_options(options: Mapping[str, Any], vocabulary_size: int) -> TransformerConfig:
    """What the options mean; those that are not of the model's are passed over.

    Raises InputError for a capacity factor that is none.
    """
    values = {name: options[name] for name in OPTION_NAMES if name in options}
    for name in CAPACITY_FACTORS & values.keys():
        values[name] = parse_capacity_factor(values[name])
    return TransformerConfig(vocabulary_size=vocabulary_size, **values)


def options_from_config(config: TransformerConfig) -> dict[str, Any]:
    """The options that give this config: what `config_from_options` takes back."""
    options = {name: getattr(config, name) for name in OPTION_NAMES}
    for name in CAPACITY_FACTORS:
        options[name] = DROPLESS if options[name] is None else str(options[name])
    return options


def check(config: TransformerConfig) -> None:
    """Raises InputError for a shape that cannot be."""
    for name in ("d_model", "d_ff", "d_kv", "heads", "sparse_every"):
        if getattr(config, name) < 1:
            raise InputError(f"{name} {getattr(config, name)}: give at least 1")
    if config.position_buckets < 4 or config.position_max_distance <= config.position_buckets // 2:
        raise InputError(
            f"position_buckets {config.position_buckets}, position_max_distance "
            f"{config.position_max_distance}: give at least 4 buckets, and a greater distance "
            "than half of them"
        )
    for name in ("d_model", "d_ff") if config.experts else ():
        if getattr(config, name) % WIDTH_STEP:
            raise InputError(
                f"{name} {getattr(config, name)}: with experts give a multiple of {WIDTH_STEP}"
            )


def parse_capacity_factor(text: str) -> float | None:
    """A positive number, or None for "none". Raises InputError for anything else."""
    if text == DROPLESS:
        return None
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise InputError(f"capacity factor {text!r}: give a positive number or 'none' (dropless)")
    return value


def register(name: str) -> None:
    """Make a named architecture known to fairseq; options given by the user win over the table."""

    def fill_in(args: Namespace) -> None:
        for option_name, value in options_from_config(architecture(name)).items():
            if getattr(args, option_name, None) is None:
                setattr(args, option_name, value)

    register_model_architecture("switch_transformer", name)(fill_in)


for architecture_name in architectures():
    register(architecture_name)
