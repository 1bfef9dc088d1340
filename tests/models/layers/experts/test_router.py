import multiprocessing
from pathlib import Path

import pytest
import switch_reference
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.layers.experts.router import Router, Routing


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
    nothing = (torch.zeros(experts, width, 1).double(),) * 2
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


def test_gradients_equal_numerical_differences_of_the_pseudo_code() -> None:
    layer, x = router(3, 4), torch.randn(6, 4, requires_grad=True)
    real = torch.tensor([1, 1, 1, 0, 1, 1]).bool()
    mix = torch.randn(6)

    def reference(router_weight: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        experts = (torch.zeros(3, 4, 1).double(),) * 2
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


def test_exploration_by_sampling_draws_experts_by_their_probability() -> None:
    layer = Router(2, 2, exploration="sample")
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 0.0]]))
    x, real = torch.tensor([[2.0, 0.0]]).repeat(4000, 1), torch.ones(4000).bool()
    routing = layer(x, real)
    p = float(torch.sigmoid(torch.tensor(2.0)))
    assert float(routing.expert.float().mean()) == pytest.approx(1 - p, abs=0.03)
    # The gate is the probability of the expert that was drawn.
    expected = torch.where(routing.expert == 0, p, 1 - p)
    torch.testing.assert_close(routing.gate, expected)
    assert layer.eval()(x, real).expert.eq(0).all()


def test_exploration_by_dropout_is_on_the_router_s_copy_in_training_only() -> None:
    layer = router(3, 64)
    layer.exploration = "dropout"
    x, real = torch.randn(200, 64), torch.ones(200).bool()
    kept = x.clone()
    noisy = layer(x, real).gate
    assert torch.equal(x, kept)
    layer.exploration = "argmax"
    assert not torch.equal(noisy, layer(x, real).gate)
    assert torch.equal(layer(x, real).gate, layer.eval()(x, real).gate)


def test_without_selective_precision_the_router_rounds_as_the_rest_does() -> None:
    layer, x = router(5, 16), torch.randn(400, 16).bfloat16()
    real = torch.ones(400).bool()
    exact = layer(x, real)
    layer.selective_precision = False
    rough = layer(x, real)
    assert not torch.equal(rough.gate, exact.gate)
    torch.testing.assert_close(rough.gate, exact.gate, rtol=0.05, atol=0.05)
    assert {value.dtype for value in rough.statistics} == {torch.float32}


def test_two_experts_have_gates_that_sum_to_one() -> None:
    layer, x = Router(8, 4, top_k=2, capacity_factor=None), torch.randn(20, 8)
    torch.nn.init.normal_(layer.weight)
    routing = layer(x, torch.ones(20).bool())
    best = (x @ layer.weight.T).softmax(-1).topk(2)
    assert torch.equal(routing.expert.view(2, 20).t(), best.indices)
    expected = best.values / best.values.sum(-1, keepdim=True)
    torch.testing.assert_close(routing.gate.view(2, 20).t(), expected)


def balance_in_two_processes(rank: int, rendezvous: str, x: torch.Tensor, out: list) -> None:
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{rendezvous}", rank=rank, world_size=2
    )
    layer = router_of_identity()
    losses = {}
    for everywhere in (True, False):
        layer.global_balance = everywhere
        losses[everywhere] = float(layer(x[rank], torch.ones(len(x[rank])).bool()).statistics[0])
    out[rank] = losses
    torch.distributed.destroy_process_group()


def router_of_identity() -> Router:
    layer = Router(2, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.eye(2))
    return layer


def test_balance_over_the_batches_of_all_processes(tmp_path: Path) -> None:
    # Each process has tokens of one kind: unbalanced by itself, balanced together.
    x = 3 * torch.eye(2)[:, None].repeat(1, 10, 1)
    with multiprocessing.get_context("spawn").Manager() as manager:
        out = manager.list([None, None])
        torch.multiprocessing.spawn(
            balance_in_two_processes, (str(tmp_path / "meet"), x, out), nprocs=2
        )
        found = list(out)
    p = float(torch.sigmoid(torch.tensor(3.0)))
    for losses in found:
        assert losses[False] == pytest.approx(2 * p)
        assert losses[True] == pytest.approx(1.0)


@pytest.mark.parametrize("top_k", [1, 2])
def test_serving_routes_as_evaluation_without_capacity(top_k: int) -> None:
    layer = Router(8, 4, top_k=top_k, capacity_factor=0.1, eval_capacity_factor=None).eval()
    torch.nn.init.normal_(layer.weight)
    x, real = torch.randn(30, 8), torch.rand(30) < 0.8
    expected = layer(x, real)
    layer.serving = True
    layer.eval_capacity_factor = 0.1
    found = layer(x, real)
    for ours, wanted in zip(found.plan, expected.plan, strict=True):
        assert torch.equal(ours, wanted)
    assert torch.equal(found.expert, expected.expert)
    torch.testing.assert_close(found.gate, expected.gate)
