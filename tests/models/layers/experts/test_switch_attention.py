import pytest
import torch

from models.layers.attention import Attention
from models.layers.experts.router import Router
from models.layers.experts.switch_attention import SwitchAttention

D, HEADS, SIZE = 8, 2, 4


def layer_of(experts: int, **routing: object) -> SwitchAttention:
    made = SwitchAttention(
        Router(D, experts, **routing), Router(D, experts, **routing), D, HEADS, SIZE
    )
    made.initialise(1.0)
    for router in (made.query_router, made.key_value_router):
        torch.nn.init.normal_(router.weight)
    return made


def test_one_expert_is_plain_attention() -> None:
    layer, plain = layer_of(1), Attention(D, HEADS, SIZE)
    with torch.no_grad():
        plain.q.weight.copy_(layer.q[0])
        plain.k.weight.copy_(layer.kv[0][: HEADS * SIZE])
        plain.v.weight.copy_(layer.kv[0][HEADS * SIZE :])
        plain.o.weight.copy_(layer.o.weight)
    x, bias = torch.randn(2, 5, D), torch.randn(1, HEADS, 5, 5)
    y, statistics = layer(x, bias, torch.ones(2, 5).bool())
    torch.testing.assert_close(y, plain(x, bias))
    assert len(statistics) == 2


def test_each_token_has_its_experts_projections() -> None:
    layer, x, real = layer_of(3), torch.randn(1, 7, D), torch.ones(1, 7).bool()
    y, statistics = layer(x, None, real)
    queries = choose(x[0], layer.query_router, layer.q)
    keys, values = choose(x[0], layer.key_value_router, layer.kv).chunk(2, dim=-1)
    heads = [slice(0, SIZE), slice(SIZE, 2 * SIZE)]
    expected = [(queries[:, h] @ keys[:, h].T).softmax(-1) @ values[:, h] for h in heads]
    torch.testing.assert_close(y[0], layer.o(torch.cat(expected, dim=-1)))
    for found, router in zip(statistics, (layer.query_router, layer.key_value_router), strict=True):
        torch.testing.assert_close(found.balance_loss, router(x[0], real[0]).statistics[0])


def choose(x: torch.Tensor, router: Router, weight: torch.Tensor) -> torch.Tensor:
    """Token by token: the probability of the best expert times that expert's product."""
    p = (x @ router.weight.T).softmax(-1)
    return torch.stack([p[t].max() * (weight[p[t].argmax()] @ x[t]) for t in range(len(x))])


def test_over_capacity_there_is_neither_query_nor_key_nor_value() -> None:
    layer = layer_of(2, capacity_factor=0.1)
    with torch.no_grad():
        for router in (layer.query_router, layer.key_value_router):
            router.weight.copy_(torch.stack([torch.ones(D), -torch.ones(D)]))
    x = torch.rand(1, 20, D)  # all of them go to expert 0, which takes 4
    y, statistics = layer(x, None, torch.ones(1, 20).bool())
    assert [float(s.dropped) for s in statistics] == pytest.approx([0.8, 0.8])
    # A query of 0 gives every token one weight; only four values are not 0.
    values = choose(x[0, :4], layer.key_value_router, layer.kv).chunk(2, dim=-1)[1]
    expected = layer.o(values.sum(dim=0) / 20)
    torch.testing.assert_close(y[0, 4:], expected.expand(16, D))
