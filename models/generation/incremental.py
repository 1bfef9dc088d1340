"""The decoder, one position after another, over many sentences and several beams of each.

Shapes: B sentences, W beams of each, S source positions, D d_model, H heads, V vocabulary,
P cached positions.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from models.layers.experts.router import Router
from models.network.transformer import Transformer, is_padded, mask_bias

PARTS = 4  # of a batch, by length


@contextmanager
def inference(model: Transformer) -> Iterator[None]:
    """Context of evaluation mode, no gradients, and no token dropped by an expert.

    Capacity is counted over the tokens of a call. While decoding these are one position of each
    sentence, so that a drop would make a translation depend on its neighbours in the batch.
    """
    routers = [module for module in model.modules() if isinstance(module, Router)]
    training = model.training
    model.eval()
    try:
        for router in routers:
            router.serving = True
        with torch.no_grad():
            yield
    finally:
        model.train(training)
        for router in routers:
            router.serving = False


def encode_by_length(model: Transformer, source: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Parts of source [B, S]: rows int64 [n] and the encoder's states [n, longest of them, D].

    Sentences of like length go together, so that little padding is computed.
    """
    places = torch.arange(1, source.shape[1] + 1, device=source.device)
    lengths = (places * (source != model.config.pad)).amax(dim=1).clamp(min=1)
    for rows in lengths.argsort().chunk(PARTS):
        longest = int(lengths[rows[-1]])
        yield rows, model.encode(source[rows, :longest]).hidden


class IncrementalDecoder:
    """Incremental decoding of a batch of sentences, whose sources are encoded once.

    The beams of a sentence lie where else positions lie, [B, W, D]: all of them ask the same source
    keys and values, which are held once a sentence. A beam that goes on from another one's text
    moves nothing either: the self-attention of all beams reads all positions that any beam of
    the sentence has written, and a mask tells each beam which of them are its own past.
    """

    def __init__(self, model: Transformer, source: Tensor) -> None:
        """source: int64 [B, S], right-padded. Use it within `inference(model)`."""
        self.model, self.caches, self.steps = model, model.new_caches(), 0
        real = source != model.config.pad
        # of no positions: what is asked of the source are its keys and values, in the caches
        self.memory = model.embedding.weight.new_empty(len(source), 0, model.config.d_model)
        for rows, states in encode_by_length(model, source):
            for attention, cache in zip(model.decoder.cross_attentions(), self.caches, strict=True):
                keys, values = attention.project(states, "k", "v")
                cache.memory.place(rows, keys, values, source.shape)
        self.memory_bias: Tensor | None = None
        if is_padded(real):
            self.memory_bias = mask_bias(real[:, None, None, :], self.memory.dtype)
        self.mask: Tensor | None = None  # [B, W, P], 0 at a beam's past, else very low

    def step(self, tokens: Tensor) -> Tensor:
        """Logits of the next tokens, float32 [B, W, V], for the newest tokens, int64 [B, W].

        W is 1 in the first step (the start token), and the number of beams in all others.
        """
        x = self.model.embedding(tokens)
        real = torch.ones_like(tokens, dtype=torch.bool)
        self.steps += 1
        decoded = self.model.decoder.run(
            x, self.bias(x), real, self.memory, self.memory_bias, self.caches
        )
        return self.model.logits(decoded.hidden).float()

    def bias(self, x: Tensor) -> Tensor:
        """Relative positions and the mask for x [B, W, D]: [B or 1, H, W or 1, P]."""
        positions = self.model.decoder.positions(1, self.steps).to(x.dtype)
        if self.mask is None:
            return positions
        # the start token was written once, all that follows by every beam
        by_beam = positions.repeat_interleave(x.shape[1], dim=-1)
        return by_beam[..., -self.mask.shape[-1] :] + self.mask[:, None]

    def branch(self, parents: Tensor) -> None:
        """Let the next step's W beams go on from these beams of the last step, int64 [B, W]."""
        batch, beams = parents.shape
        if beams == 1:
            return
        if self.mask is None:
            past = self.memory.new_zeros(batch, beams, 1)
        else:
            past = self.mask.gather(1, parents[:, :, None].expand(-1, -1, self.mask.shape[-1]))
        itself = torch.eye(beams, dtype=torch.bool, device=parents.device)
        own = mask_bias(itself, past.dtype).expand(batch, beams, beams)
        self.mask = torch.cat([past, own], dim=-1)

    def select(self, rows: Tensor) -> None:
        """Keep these sentences only, int64 [new B]."""
        for cache in self.caches:
            cache.own.select(rows)
            cache.memory.select(rows)
        self.memory = self.memory[rows]
        if self.memory_bias is not None:
            self.memory_bias = self.memory_bias[rows]
        if self.mask is not None:
            self.mask = self.mask[rows]
