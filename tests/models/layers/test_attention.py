import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import T5Config
from transformers.models.t5.modeling_t5 import T5Attention

from models.layers.attention import Attention, KeyValueCache, RelativePositionBias

HEADS, SIZE, WIDTH = 3, 4, 10


def by_hand(
    layer: Attention, x: torch.Tensor, bias: torch.Tensor, memory: torch.Tensor
) -> torch.Tensor:
    """Attention head by head, as in the paper, without 1/sqrt(d)."""
    heads = []
    for h in range(HEADS):
        rows = slice(h * SIZE, (h + 1) * SIZE)
        q, k, v = x @ layer.q.weight[rows].T, memory @ layer.k.weight[rows].T, layer.v.weight[rows]
        scores = q @ k.transpose(1, 2) + bias[:, h]
        heads.append(scores.softmax(-1) @ (memory @ v.T))
    return torch.cat(heads, dim=-1) @ layer.o.weight.T


def test_self_attention_by_hand() -> None:
    layer, x = Attention(WIDTH, HEADS, SIZE), torch.randn(2, 5, WIDTH)
    bias = torch.randn(1, HEADS, 5, 5)
    torch.testing.assert_close(layer(x, bias), by_hand(layer, x, bias, x))


def test_cross_attention_by_hand() -> None:
    layer = Attention(WIDTH, HEADS, SIZE)
    x, memory = torch.randn(2, 5, WIDTH), torch.randn(2, 7, WIDTH)
    bias = torch.randn(2, 1, 1, 7)
    expected = by_hand(layer, x, bias.expand(2, HEADS, 5, 7), memory)
    torch.testing.assert_close(layer(x, bias, memory), expected)
    without = by_hand(layer, x, torch.zeros(1, HEADS, 1, 1), memory)
    torch.testing.assert_close(layer(x, None, memory), without)


def causal(positions: int) -> torch.Tensor:
    allowed = torch.ones(positions, positions).tril().bool()
    return torch.zeros(1, 1, positions, positions).masked_fill(~allowed, -1e9)


def test_cache_gives_what_full_attention_gives() -> None:
    layer, x = Attention(WIDTH, HEADS, SIZE), torch.randn(2, 6, WIDTH)
    full = layer(x, causal(6))
    cache, parts = KeyValueCache(), []
    for start, end in ((0, 3), (3, 4), (4, 6)):
        parts.append(layer(x[:, start:end], causal(6)[:, :, start:end, :end], cache=cache))
        assert cache.length == end
    torch.testing.assert_close(torch.cat(parts, dim=1), full)


def test_memory_is_projected_once() -> None:
    layer, x = Attention(WIDTH, HEADS, SIZE), torch.randn(2, 1, WIDTH)
    memory, cache = torch.randn(2, 7, WIDTH), KeyValueCache()
    first = layer(x, None, memory, cache)
    again = layer(x, None, torch.full_like(memory, math.nan), cache)
    assert torch.equal(first, again)
    assert cache.length == 7


def test_select_picks_rows() -> None:
    layer, cache = Attention(WIDTH, HEADS, SIZE), KeyValueCache()
    cache.select(torch.tensor([0]))  # nothing held yet: nothing to do
    x = torch.randn(3, 2, WIDTH)
    layer(x, None, cache=cache)
    cache.select(torch.tensor([2, 2, 0, 1]))
    (keys,) = layer.project(x, "k")
    assert cache.keys is not None
    torch.testing.assert_close(cache.keys, keys[[2, 2, 0, 1]])


@torch.no_grad()
def test_placed_rows_stand_where_they_were_put() -> None:
    layer, cache, memory = Attention(WIDTH, HEADS, SIZE), KeyValueCache(), torch.randn(4, 6, WIDTH)
    for rows, longest in (([2, 0], 3), ([3, 1], 6)):
        keys, values = layer.project(memory[rows, :longest], "k", "v")
        cache.place(torch.tensor(rows), keys, values, torch.Size((4, 6)))
    assert cache.length == 6
    for held, name in ((cache.keys, "k"), (cache.values, "v")):
        (wanted,) = layer.project(memory, name)
        wanted[[0, 2], :, 3:] = 0  # not read, and masked by whoever asks
        assert held is not None
        torch.testing.assert_close(held, wanted)
    expected = layer(memory, None, memory[[3, 1]].repeat(2, 1, 1))[[0, 2]]
    cache.select(torch.tensor([3, 3]))
    torch.testing.assert_close(layer(memory[[0, 2]], None, memory[[0, 2]], cache), expected)


def test_initial_scale() -> None:
    layer = Attention(128, 8, 16)
    layer.initialise(1.0)
    expected = {"q": (128 * 16) ** -0.5, "k": 128**-0.5, "v": 128**-0.5, "o": 128**-0.5}
    for name, std in expected.items():
        assert float(getattr(layer, name).weight.detach().std()) == pytest.approx(std, rel=0.03)


@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize(("buckets", "max_distance"), [(32, 128), (8, 20), (64, 1000)])
def test_buckets_equal_t5(bidirectional: bool, buckets: int, max_distance: int) -> None:
    ours = RelativePositionBias(1, bidirectional, buckets, max_distance)
    distance = torch.arange(-3000, 3001)
    theirs = T5Attention._relative_position_bucket(distance, bidirectional, buckets, max_distance)
    assert torch.equal(ours.bucket(distance), theirs)


@settings(max_examples=30, deadline=None)
@given(st.booleans(), st.integers(1, 200), st.integers(0, 200))
def test_bias_equals_t5(bidirectional: bool, new: int, seen: int) -> None:
    ours = RelativePositionBias(2, bidirectional)
    torch.nn.init.normal_(ours.weight)
    config = T5Config(d_model=8, d_kv=4, num_heads=2, is_decoder=not bidirectional)
    theirs = T5Attention(config, has_relative_attention_bias=True, layer_idx=0)
    theirs.relative_attention_bias.weight = ours.weight
    expected = theirs.compute_bias(seen + new, seen + new)[:, :, seen:]
    torch.testing.assert_close(ours(new, seen + new), expected)
