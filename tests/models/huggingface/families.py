"""Random tiny models of the four families, as transformers makes and saves them."""

import os
from pathlib import Path

os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import torch
from transformers import (
    MT5Config,
    MT5ForConditionalGeneration,
    PreTrainedModel,
    SwitchTransformersConfig,
    SwitchTransformersForConditionalGeneration,
    T5Config,
    T5ForConditionalGeneration,
)

VOCABULARY = 50
SHAPE = {
    "vocab_size": VOCABULARY,
    "d_model": 16,
    "d_ff": 24,
    "d_kv": 8,
    "num_heads": 3,
    "num_layers": 3,  # transformers' cache fails with more decoder than encoder layers
    "num_decoder_layers": 2,
    "dropout_rate": 0.0,
    "decoder_start_token_id": 0,
}
SPARSE = {"num_experts": 3, "num_sparse_encoder_layers": 1, "num_sparse_decoder_layers": 1}
FAMILIES = ("t5", "t5_v1_1", "mt5", "switch", "switch_every_layer")


def make(family: str, vocabulary: int = VOCABULARY) -> PreTrainedModel:
    """A model whose weights are far enough from zero for every part to matter."""
    shape = {**SHAPE, "vocab_size": vocabulary}
    if family == "t5":
        model = T5ForConditionalGeneration(T5Config(**shape))
    elif family == "t5_v1_1":
        config = T5Config(**shape, feed_forward_proj="gated-gelu", tie_word_embeddings=False)
        model = T5ForConditionalGeneration(config)
    elif family == "mt5":
        model = MT5ForConditionalGeneration(MT5Config(**shape))
    else:
        config = SwitchTransformersConfig(**shape, **SPARSE, expert_capacity=1000)
        if family == "switch_every_layer":
            config.encoder_sparse_step = config.decoder_sparse_step = 1
        model = SwitchTransformersForConditionalGeneration(config)
    if family in ("t5_v1_1", "mt5"):
        # transformers 5 ties a new model, which the published ones are not.
        model.lm_head.weight = torch.nn.Parameter(torch.empty_like(model.shared.weight))
    for name, weight in model.named_parameters():
        if "norm" in name:
            torch.nn.init.uniform_(weight, 0.5, 1.5)
        elif "shared" in name:
            torch.nn.init.normal_(weight, std=0.3)
        else:
            torch.nn.init.normal_(weight, std=0.25)
    return model.eval()


def save(family: str, folder: Path, **options: object) -> PreTrainedModel:
    """Make a model and save it, as `save_pretrained` does; returns it."""
    model = make(family)
    model.save_pretrained(folder, **options)
    return model
