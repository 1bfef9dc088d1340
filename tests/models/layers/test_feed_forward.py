import math

import pytest
import torch
from transformers import T5Config
from transformers.models.t5.modeling_t5 import T5DenseActDense, T5DenseGatedActDense

from models.layers.feed_forward import FeedForward, truncated_normal_


def test_relu_equals_t5() -> None:
    theirs = T5DenseActDense(T5Config(d_model=8, d_ff=20, dropout_rate=0.0))
    ours = FeedForward(8, 20, gated=False)
    ours.load_state_dict({"wi.weight": theirs.wi.weight, "wo.weight": theirs.wo.weight})
    x = torch.randn(2, 5, 8)
    torch.testing.assert_close(ours(x), theirs(x))


def test_gated_gelu_equals_t5() -> None:
    config = T5Config(d_model=8, d_ff=20, dropout_rate=0.0, feed_forward_proj="gated-gelu")
    theirs = T5DenseGatedActDense(config)
    ours = FeedForward(8, 20, gated=True)
    wi = torch.cat([theirs.wi_0.weight, theirs.wi_1.weight])
    ours.load_state_dict({"wi.weight": wi, "wo.weight": theirs.wo.weight})
    x = torch.randn(2, 5, 8)
    torch.testing.assert_close(ours(x), theirs(x))


def test_dropout_only_in_training() -> None:
    layer = FeedForward(8, 64, gated=False, dropout=0.5)
    x = torch.randn(4, 8)
    assert not torch.equal(layer(x), layer(x))
    layer.eval()
    assert torch.equal(layer(x), layer(x))


@pytest.mark.parametrize("scale", [0.1, 1.0])
def test_initial_scale(scale: float) -> None:
    layer = FeedForward(64, 256, gated=False)
    layer.initialise(scale)
    for weight, fan_in in ((layer.wi.weight, 64), (layer.wo.weight, 256)):
        std = math.sqrt(scale / fan_in)
        assert weight.abs().max() <= 2 * std
        # A normal cut at two standard deviations keeps 0.8796 of its own.
        assert float(weight.detach().std()) == pytest.approx(0.8796 * std, rel=0.03)


def test_truncated_normal_fills_bfloat16() -> None:
    weight = torch.empty(1000, dtype=torch.bfloat16)
    truncated_normal_(weight, 0.5)
    assert weight.float().abs().max() <= 1.0
    assert float(weight.float().std()) == pytest.approx(0.44, abs=0.05)
