import pytest
import torch

from models.layers.experts.router import Router
from models.layers.experts.switch_layer import SwitchFeedForward
from models.layers.experts.unequal_experts import UnequalSwitchFeedForward

WIDTH = 8


def unequal(widths: list[int], gated: bool, **routing: object) -> UnequalSwitchFeedForward:
    made = UnequalSwitchFeedForward(Router(WIDTH, len(widths), **routing), WIDTH, widths, gated)
    made.initialise(1.0)
    torch.nn.init.normal_(made.router.weight)
    return made


@pytest.mark.parametrize("gated", [False, True])
@pytest.mark.parametrize("top_k", [1, 2])
def test_equal_widths_are_the_switch_layer(gated: bool, top_k: int) -> None:
    layer = unequal([16, 16, 16], gated, top_k=top_k, capacity_factor=0.5)
    stacked = SwitchFeedForward(layer.router, WIDTH, 16, gated)
    with torch.no_grad():
        stacked.wi.copy_(torch.stack([expert.wi.weight.t() for expert in layer.experts]))
        stacked.wo.copy_(torch.stack([expert.wo.weight for expert in layer.experts]))
    x, real = torch.randn(2, 30, WIDTH), torch.rand(2, 30) < 0.8
    found, expected = layer(x, real), stacked(x, real)
    torch.testing.assert_close(found[0], expected[0])
    assert float(found[1].dropped) > 0


def test_each_token_meets_the_expert_of_its_choice() -> None:
    layer, x = unequal([4, 24, 9], False), torch.randn(1, 12, WIDTH)
    y, statistics = layer(x, torch.ones(1, 12).bool())
    p = (x[0] @ layer.router.weight.T).softmax(-1)
    assert len(set(p.argmax(-1).tolist())) == 3
    for token in range(12):
        best = int(p[token].argmax())
        expected = p[token, best] * layer.experts[best](x[0, token])
        torch.testing.assert_close(y[0, token], expected)
    (y.sum() + statistics.balance_loss).backward()
    assert all(weight.grad is not None for weight in layer.parameters())


def test_an_expert_without_tokens() -> None:
    layer, x = unequal([4, 24], False), torch.rand(1, 5, WIDTH)
    with torch.no_grad():
        layer.router.weight.copy_(torch.stack([torch.ones(WIDTH), -torch.ones(WIDTH)]))
    y, statistics = layer(x, torch.ones(1, 5).bool())
    assert statistics.load.tolist() == pytest.approx([1.0, 0.0])
    assert y.shape == x.shape
