"""Our models and those of `transformers`, of one shape, and their training steps.

Theirs have room for every token (expert capacity beyond any batch), no dropout and no jitter, the
attention that `transformers` chooses by itself, and leave out the auxiliary losses.
"""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
from torch import Tensor, nn
from transformers import (
    SwitchTransformersConfig,
    SwitchTransformersForConditionalGeneration,
    T5Config,
    T5ForConditionalGeneration,
)
from transformers.utils import logging

from models.huggingface import model_folder
from models.layers.cross_entropy import linear_cross_entropy
from models.layers.experts.router import Router
from models.network.config import TransformerConfig
from models.network.transformer import Transformer
from models.weights.checkpoint import build

logging.disable_progress_bar()
BALANCE_WEIGHT, Z_WEIGHT = 1e-2, 1e-3


@dataclass(frozen=True)
class Shape:
    """Shape of a model and of its batches."""

    vocabulary: int = 4000
    d_model: int = 256
    d_ff: int = 1024
    d_kv: int = 64
    heads: int = 4
    layers: int = 4  # of each stack; every second is sparse
    source: int = 128  # tokens of a source
    target: int = 32
    device: str = "cpu"
    dtype: torch.dtype = torch.float32

    def sentences(self, tokens: int) -> int:
        """Number of sequence pairs of so many tokens."""
        return max(1, tokens // (self.source + self.target))


@dataclass(frozen=True)
class Batch:
    """Random tokens, int64 [B, S] and [B, T], without padding."""

    source: Tensor
    target: Tensor

    @classmethod
    def of(cls, shape: Shape, tokens: int) -> "Batch":
        """A random batch of about so many tokens."""
        torch.manual_seed(1)
        rows = shape.sentences(tokens)
        source = torch.randint(3, shape.vocabulary, (rows, shape.source), device=shape.device)
        target = torch.randint(3, shape.vocabulary, (rows, shape.target), device=shape.device)
        return cls(source, target)


def ours(shape: Shape, experts: int) -> Transformer:
    """Dense for 0 experts; dropless until `set_capacity`."""
    config = TransformerConfig(
        shape.vocabulary,
        shape.d_model,
        shape.d_ff,
        shape.d_kv,
        shape.heads,
        shape.layers,
        shape.layers,
        experts=experts,
        capacity_factor=None,
        jitter=0.0,
    )
    return Transformer(config).to(shape.device, shape.dtype).train()


def set_capacity(model: Transformer, factor: float | None) -> None:
    """The capacity factor of every Switch layer in training; None: dropless."""
    for module in model.modules():
        if isinstance(module, Router):
            module.capacity_factor = factor


def theirs(shape: Shape, experts: int) -> Any:
    """T5 for 0 experts, else SwitchTransformers."""
    common = {
        "vocab_size": shape.vocabulary,
        "d_model": shape.d_model,
        "d_ff": shape.d_ff,
        "d_kv": shape.d_kv,
        "num_heads": shape.heads,
        "num_layers": shape.layers,
        "num_decoder_layers": shape.layers,
        "dropout_rate": 0.0,
        "decoder_start_token_id": 0,
    }
    if not experts:
        model: Any = T5ForConditionalGeneration(T5Config(**common))
        return model.to(shape.device, shape.dtype).train()
    config = SwitchTransformersConfig(
        **common,
        num_experts=experts,
        num_sparse_encoder_layers=shape.layers // 2,
        num_sparse_decoder_layers=shape.layers // 2,
        expert_capacity=1 << 30,
        router_jitter_noise=0.0,
    )
    model = SwitchTransformersForConditionalGeneration(config)
    return model.to(shape.device, shape.dtype).train()


def converted(shape: Shape, experts: int) -> tuple[Any, Transformer]:
    """A model of transformers and ours of its saved folder, in evaluation mode."""
    torch.manual_seed(2)
    model = theirs(shape, experts).eval()
    with tempfile.TemporaryDirectory() as name:
        model.save_pretrained(name)
        made = model_folder.read(Path(name))
    own = build(made.config, made.weights, "the converted model")
    return model, own.to(shape.device, shape.dtype).eval()


def our_loss(model: Transformer, batch: Batch) -> Tensor:
    """Cross-entropy a token, balance and z-loss, as the criterion has them."""
    start = batch.target.new_zeros(len(batch.target), 1)
    output = model(batch.source, torch.cat([start, batch.target[:, :-1]], dim=1))
    hidden, weight = model.output_projection(output.hidden)
    nll, _ = linear_cross_entropy(hidden.flatten(0, 1), weight, batch.target.flatten(), 0)
    loss = nll / batch.target.numel()
    for routing in output.routing:
        loss = loss + BALANCE_WEIGHT * routing.balance_loss + Z_WEIGHT * routing.z_loss
    return loss


def their_loss(model: Any, batch: Batch) -> Tensor:
    """The loss that the model of transformers computes for labels."""
    mask = torch.ones_like(batch.source)
    loss: Tensor = model(input_ids=batch.source, attention_mask=mask, labels=batch.target).loss
    return loss


def step(model: nn.Module, batch: Batch, update: bool = True) -> Callable[[], None]:
    """Forward, backward and (if asked) an update by fused AdamW, as a function to be timed."""
    loss_of: Callable[[Any, Batch], Tensor] = (
        our_loss if isinstance(model, Transformer) else their_loss
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True) if update else None

    def run() -> None:
        loss_of(model, batch).backward()
        if optimizer is not None:
            optimizer.step()
        model.zero_grad()

    return run
