"""The transformer as fairseq sees it: `--arch t5_tiny`, `--arch switch_tiny`, and options."""

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import field, make_dataclass
from typing import Any

from torch import Tensor

import models.fairseq_compat  # noqa: F401  (before anything of fairseq)

# isort: split
from fairseq.dataclass import FairseqDataclass
from fairseq.models import BaseFairseqModel, register_model, register_model_architecture

from langs.errors import InputError
from models.network.architectures import architecture, architectures
from models.network.config import TransformerConfig, options
from models.network.options import check, config_from_options, options_from_config
from models.network.transformer import StackOutput, Transformer
from models.weights.initial_weights import STUDENT

HELP = {field.name: field.metadata["help"] for field in options()}


def option(default: Any, text: str) -> Any:
    """A dataclass field with its help text for the command line."""
    return field(default=default, metadata={"help": text})


SwitchTransformerOptions = make_dataclass(
    "SwitchTransformerOptions",
    [
        (name, type(value), option(value, HELP[name]))
        for name, value in options_from_config(architecture("t5_tiny")).items()
    ],
    bases=(FairseqDataclass,),
    namespace={"__module__": __name__},
)
"""Options of the model on the command line; what is not given comes from the named architecture."""


@register_model("switch_transformer", dataclass=SwitchTransformerOptions)
class SwitchTransformer(BaseFairseqModel):
    """fairseq's model around `models.network.transformer.Transformer`."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.transformer = Transformer(config)

    @classmethod
    def build_model(cls, cfg: Any, task: Any) -> "SwitchTransformer":
        """fairseq's constructor: cfg holds SwitchTransformerOptions, task the dictionary."""
        values = {name: getattr(cfg, name) for name in HELP}
        config = config_from_options(values, len(task.source_dictionary))
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
