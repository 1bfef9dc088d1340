import pytest
import switch_reference
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.layers.router import Router, Routing


def router(experts: int, width: int, jitter: float = 0.0, scale: float = 1.0) -> Router:
    made = Router(width, experts, jitter=jitter)
    torch.nn.init.normal_(made.weight, std=scale)
    return made


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 9), st.integers(1, 30), st.integers(1, 12), st.integers(0, 2**31))
def test_equals_the_pseudo_code(experts: int, tokens: int, width: int, seed: int) -> None:
    torch.manual_seed(seed)
    layer, x = router(experts, width), torch.randn(tokens, width)
    real = torch.rand(tokens) < 0.8
    routing = layer(x, real)
    nothing = torch.zeros(experts, 1, width).double(), torch.zeros(experts, width, 1).double()
    expected = switch_reference.switch_layer(
        x.double(), real.tolist(), layer.weight.double(), *nothing, False, None
    )
    assert routing.expert.tolist() == expected.expert
    torch.testing.assert_close(routing.gate, torch.tensor(expected.gate))
    torch.testing.assert_close(routing.statistics.load, torch.tensor(expected.load))
    torch.testing.assert_close(routing.statistics.balance_loss, expected.balance_loss.float())
    torch.testing.assert_close(routing.statistics.z_loss, expected.z_loss.float())


def test_uniform_routing_has_balance_loss_one() -> None:
    layer, real = router(4, 4, scale=0.0), torch.ones(8).bool()
    torch.testing.assert_close(
        layer(torch.randn(8, 4), real).statistics.balance_loss, torch.tensor(1.0)
    )
    # Also when each expert really gets its share: one-hot tokens, one expert after the other.
    with torch.no_grad():
        layer.weight.copy_(torch.eye(4))
    routing = layer(torch.eye(4).repeat(2, 1), real)
    assert routing.statistics.load.tolist() == [0.25] * 4
    torch.testing.assert_close(routing.statistics.balance_loss, torch.tensor(1.0))


def test_collapse_has_balance_loss_of_the_number_of_experts() -> None:
    layer = router(4, 4)
    with torch.no_grad():
        layer.weight.copy_(torch.eye(4) * 100)
    routing = layer(torch.eye(4)[:1].repeat(8, 1), torch.ones(8).bool())
    torch.testing.assert_close(routing.statistics.balance_loss, torch.tensor(4.0))


def test_padding_has_no_weight() -> None:
    layer, x = router(3, 8), torch.randn(10, 8)
    alone = layer(x, torch.ones(10).bool())
    padded = layer(torch.cat([x, x * 100]), torch.arange(20) < 10)
    assert padded.gate[10:].eq(0).all()
    torch.testing.assert_close(padded.gate[:10], alone.gate)
    for value, wanted in zip(padded.statistics, alone.statistics, strict=True):
        torch.testing.assert_close(value, wanted)


def test_a_batch_of_padding_costs_nothing() -> None:
    routing = router(3, 8)(torch.randn(4, 8), torch.zeros(4).bool())
    assert (
        routing.statistics.load.sum()
        == routing.statistics.balance_loss
        == routing.statistics.z_loss
        == 0
    )


def test_jitter_is_noise_in_training_only() -> None:
    layer, real = router(3, 8, jitter=0.1), torch.ones(50).bool()
    x = torch.randn(50, 8)
    kept = x.clone()
    noisy = layer(x, real).gate
    assert torch.equal(x, kept)
    assert not torch.equal(noisy, layer(x, real).gate)
    layer.eval()
    quiet = layer(x, real).gate
    assert torch.equal(quiet, layer(x, real).gate)
    assert torch.equal(quiet, router_without_jitter(layer)(x, real).gate)


def router_without_jitter(layer: Router) -> Router:
    made = Router(layer.weight.shape[1], layer.weight.shape[0])
    made.load_state_dict(layer.state_dict())
    return made


def test_jitter_stays_within_its_bounds() -> None:
    # One input, one weight of 1 against 0: the noise can be read back from the probability.
    layer = Router(1, 2, jitter=0.1)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[1.0], [0.0]]))
    gate = layer(torch.ones(2000, 1), torch.ones(2000).bool()).gate
    noise = torch.logit(gate.detach())
    assert float(noise.min()) == pytest.approx(0.9, abs=2e-3)
    assert float(noise.max()) == pytest.approx(1.1, abs=2e-3)
    assert float(noise.mean()) == pytest.approx(1.0, abs=5e-3)


def test_float32_under_bfloat16_autocast() -> None:
    layer, x = router(5, 16), torch.randn(40, 16).bfloat16()
    real = torch.ones(40).bool()
    expected = layer(x.float(), real)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        routing = layer(x, real)
    assert torch.equal(routing.expert, expected.expert)
    for value, wanted in zip(tensors(routing), tensors(expected), strict=True):
        assert value.dtype == wanted.dtype == torch.float32
        assert torch.equal(value, wanted)


def tensors(routing: Routing) -> tuple[torch.Tensor, ...]:
    return (routing.gate, *routing.statistics)


def test_choice_is_made_before_anything_is_rounded_to_bfloat16() -> None:
    # Probabilities 0.50002 and 0.49998 are the same number in bfloat16, where argmax takes 0.
    layer = Router(1, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[1.0], [1.0001]]))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert layer(torch.ones(1, 1).bfloat16(), torch.ones(1).bool()).expert.tolist() == [1]


def test_initial_scale_is_the_papers() -> None:
    layer = Router(1000, 10)
    layer.initialise(0.1)
    assert layer.weight.abs().max() <= 2 * 0.01
    assert float(layer.weight.detach().std()) == pytest.approx(0.8796 * 0.01, rel=0.03)


def test_gradients_equal_numerical_differences_of_the_pseudo_code() -> None:
    layer, x = router(3, 4), torch.randn(6, 4, requires_grad=True)
    real = torch.tensor([1, 1, 1, 0, 1, 1]).bool()
    mix = torch.randn(6)

    def reference(router_weight: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        experts = torch.zeros(3, 1, 4).double(), torch.zeros(3, 4, 1).double()
        result = switch_reference.switch_layer(
            tokens, real.tolist(), router_weight, *experts, False, None
        )
        probabilities = (tokens @ router_weight.T).softmax(-1).amax(-1) * real
        return result.balance_loss + result.z_loss + probabilities @ mix.double()

    weight64 = layer.weight.detach().double().requires_grad_()
    x64 = x.detach().double().requires_grad_()
    assert torch.autograd.gradcheck(reference, (weight64, x64))
    reference(weight64, x64).backward()
    routing = layer(x, real)
    (routing.statistics.balance_loss + routing.statistics.z_loss + routing.gate @ mix).backward()
    torch.testing.assert_close(layer.weight.grad, weight64.grad.float())
    torch.testing.assert_close(x.grad, x64.grad.float())
