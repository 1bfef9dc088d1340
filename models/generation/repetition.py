"""No n-gram twice in a text: `no_repeat_ngram_size` of `transformers`."""

import torch
from torch import Tensor
from torch.nn.functional import pad

START = 0  # the decoder's first token, which is part of the text for `transformers`


def without_repeats(logits: Tensor, written: Tensor, size: int) -> Tensor:
    """logits [..., V] with each token excluded (in place) that would repeat an n-gram.

    written: int64 [..., T], the tokens before, in the same rows. size: tokens of an n-gram; 0:
    everything may be repeated.
    """
    if size < 1 or written.shape[-1] + 1 < size:
        return logits
    written = pad(written, (1, 0), value=START)
    ngrams = written.unfold(-1, size, 1)  # [..., T - size + 1, size]
    newest = written[..., None, written.shape[-1] - size + 1 :]
    begun = (ngrams[..., :-1] == newest).all(dim=-1)
    again = torch.zeros_like(logits).scatter_add_(-1, ngrams[..., -1], begun.to(logits.dtype))
    return logits.masked_fill_(again > 0, float("-inf"))
