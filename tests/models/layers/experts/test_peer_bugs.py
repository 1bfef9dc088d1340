"""What other implementations of the Switch layer are known to get wrong, one test each."""

import pytest
import torch

from models.layers.experts.router import Router
from models.layers.experts.switch_layer import SwitchFeedForward
from models.network.config import TransformerConfig
from models.network.transformer import Transformer

WIDTH, INNER = 8, 16


def layer_of(experts: int, **routing: object) -> SwitchFeedForward:
    made = SwitchFeedForward(Router(WIDTH, experts, **routing), WIDTH, INNER, gated=False)
    made.initialise(1.0)
    return made


def all_to(expert: int, layer: SwitchFeedForward) -> None:
    """Make the router send every positive token to one expert."""
    with torch.no_grad():
        layer.router.weight.fill_(-1.0)
        layer.router.weight[expert] = 1.0


def test_capacity_is_not_ignored() -> None:
    layer = layer_of(2, capacity_factor=0.1)
    all_to(0, layer)
    y, statistics = layer(torch.rand(1, 40, WIDTH), torch.ones(1, 40).bool())
    assert float(statistics.dropped) == pytest.approx(0.9)  # capacity is 4, the least there is
    assert y[:, :4].ne(0).all()
    assert y[:, 4:].eq(0).all()


def test_dropped_tokens_are_not_counted_for_expert_0() -> None:
    # Masking a one-hot choice and taking its argmax again makes 0 of every dropped token.
    layer = layer_of(3, capacity_factor=0.1)
    all_to(2, layer)
    _, statistics = layer(torch.rand(1, 40, WIDTH), torch.ones(1, 40).bool())
    assert float(statistics.dropped) == pytest.approx(0.9)
    assert statistics.load.tolist() == pytest.approx([0.0, 0.0, 1.0])


def test_jitter_does_not_leak_into_the_experts_input() -> None:
    # With one expert the gate is 1 whatever the router sees.
    layer, x = layer_of(1, jitter=0.5), torch.randn(2, 5, WIDTH)
    real, kept = torch.ones(2, 5).bool(), x.clone()
    training = layer(x, real)[0]
    assert torch.equal(x, kept)
    assert torch.equal(training, layer.eval()(x, real)[0])


@pytest.mark.parametrize("sparse_every", [1, 2])
def test_every_layer_has_losses_of_its_own(sparse_every: int) -> None:
    # Not of the layers' logits put together, and none left out where all layers are sparse.
    model = transformer(sparse_every)
    seen: list[torch.Tensor] = []
    for layer in sparse_layers(model):
        layer.router.register_forward_hook(lambda _, args, out: seen.append(args[0].detach()))
    routing = model(*batch()).routing
    assert len(routing) == len(seen) == (8 if sparse_every == 1 else 4)
    for statistics, layer, x in zip(routing, sparse_layers(model), seen, strict=True):
        p = (x @ layer.router.weight.T).softmax(-1)
        share = torch.nn.functional.one_hot(p.argmax(-1), 3).float().mean(0)
        torch.testing.assert_close(statistics.balance_loss, 3 * share @ p.mean(0))
    assert len({float(statistics.balance_loss) for statistics in routing}) == len(routing)


def transformer(sparse_every: int) -> Transformer:
    config = TransformerConfig(
        20, 16, 24, 8, 2, 4, 4, experts=3, sparse_every=sparse_every, jitter=0.0, init_scale=1.0
    )
    return Transformer(config)


def sparse_layers(model: Transformer) -> list[SwitchFeedForward]:
    return [module for module in model.modules() if isinstance(module, SwitchFeedForward)]


def batch() -> tuple[torch.Tensor, torch.Tensor]:
    return torch.randint(2, 20, (3, 9)), torch.randint(2, 20, (3, 5))


def test_argmax_is_not_taken_after_rounding_to_bfloat16() -> None:
    # Probabilities 0.50002 and 0.49998 are the same number in bfloat16, where argmax takes 0.
    layer = Router(1, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[1.0], [1.0001]]))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert layer(torch.ones(1, 1).bfloat16(), torch.ones(1).bool()).expert.tolist() == [1]


def test_router_is_not_initialised_at_std_1() -> None:
    layer = Router(1000, 10)
    layer.initialise(0.1)
    assert layer.weight.abs().max() <= 2 * 0.01
    assert float(layer.weight.detach().std()) == pytest.approx(0.8796 * 0.01, rel=0.03)
    model = Transformer(TransformerConfig(20, 1000, 8, 8, 2, 2, 2, experts=8))
    router = model.encoder.layers[1].feed_forward.router.weight
    assert float(router.detach().std()) == pytest.approx(0.8796 * 0.01, rel=0.05)


def test_initial_scale_is_by_fan_in() -> None:
    layer = SwitchFeedForward(Router(64, 4), 64, 256, gated=False)
    layer.initialise(0.1)
    assert float(layer.wi.detach().std()) == pytest.approx(0.8796 * (0.1 / 64) ** 0.5, rel=0.03)
    assert float(layer.wo.detach().std()) == pytest.approx(0.8796 * (0.1 / 256) ** 0.5, rel=0.03)
