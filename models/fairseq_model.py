"""The transformer as fairseq sees it: `--arch t5_tiny`, `--arch switch_tiny`, and options."""

from argparse import Namespace
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
        for name in ("capacity_factor", "eval_capacity_factor"):
            options[name] = parse_capacity_factor(options[name])
        config = TransformerConfig(vocabulary_size=len(task.source_dictionary), **options)
        check(config)
        return cls(config)

    def forward(self, src_tokens: Tensor, prev_output_tokens: Tensor) -> StackOutput:
        """Decoder states [B, T, d_model] and routing for int64 [B, S] and [B, T]."""
        return self.transformer(src_tokens, prev_output_tokens)

    def max_positions(self) -> None:
        """Relative positions have no limit."""


def check(config: TransformerConfig) -> None:
    """Raises InputError for a shape that cannot be."""
    for name in ("d_model", "d_ff", "d_kv", "heads", "sparse_every"):
        if getattr(config, name) < 1:
            raise InputError(f"{name} {getattr(config, name)}: give at least 1")
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
        config = architecture(name)
        for option_name in OPTION_NAMES:
            value = getattr(config, option_name)
            if option_name.endswith("capacity_factor"):
                value = DROPLESS if value is None else str(value)
            if getattr(args, option_name, None) is None:
                setattr(args, option_name, value)

    register_model_architecture("switch_transformer", name)(fill_in)


for architecture_name in architectures():
    register(architecture_name)
