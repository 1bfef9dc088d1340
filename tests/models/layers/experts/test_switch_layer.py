from contextlib import AbstractContextManager
from unittest.mock import patch

import pytest
import switch_reference
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.layers.experts.router import Router, RoutingStatistics
from models.layers.experts.switch_layer import SwitchFeedForward, UnequalSwitchFeedForward
from models.layers.feed_forward import FeedForward

WIDTH, INNER = 8, 16


def layer_of(
    experts: int = 3,
    gated: bool = False,
    capacity_factor: float | None = 1.0,
    expert_dropout: float = 0.0,
    expert_masking: float = 0.0,
    **routing: object,
) -> SwitchFeedForward:
    router = Router(WIDTH, experts, capacity_factor=capacity_factor, **routing)
    made = SwitchFeedForward(router, WIDTH, INNER, gated, expert_dropout, expert_masking)
    made.initialise(1.0)
    torch.nn.init.normal_(made.router.weight)
    return made


def reference(
    layer: SwitchFeedForward, x: torch.Tensor, real: torch.Tensor
) -> switch_reference.SwitchResult:
    """The pseudo-code's result in float64, with the layer's weights and training capacity."""
    return switch_reference.switch_layer(
        x.flatten(0, 1).double(),
        real.flatten().tolist(),
        layer.router.weight.double(),
        layer.wi.double(),
        layer.wo.double(),
        layer.gated,
        layer.router.capacity_factor,
        layer.router.top_k,
        layer.router.reroute_rounds,
    )


def padded_rows() -> AbstractContextManager[object]:
    """Rows stand in padded blocks if the experts share them evenly, as in larger batches."""
    return patch.multiple("models.layers.experts.padded_blocks", FEWEST=0, FEWEST_IN_TRAINING=0)


def sorted_rows() -> AbstractContextManager[object]:
    """Rows are sorted, as those of uneven batches are, and all on a GPU."""
    return patch("models.layers.experts.mixture.fit_blocks", lambda *_: None)


def assert_same(
    y: torch.Tensor, statistics: RoutingStatistics, expected: switch_reference.SwitchResult
) -> None:
    torch.testing.assert_close(y.flatten(0, 1), expected.output.float(), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(statistics.balance_loss, expected.balance_loss.float())
    torch.testing.assert_close(statistics.z_loss, expected.z_loss.float())
    torch.testing.assert_close(statistics.load, torch.tensor(expected.load))
    assert float(statistics.dropped) == pytest.approx(expected.dropped)


@settings(max_examples=60, deadline=None)
@given(
    experts=st.integers(1, 6),
    gated=st.booleans(),
    capacity_factor=st.none() | st.sampled_from([0.25, 0.5, 1.0, 1.25, 2.0]),
    choices=st.sampled_from([(1, 0), (1, 1), (1, 3), (2, 0)]),
    shape=st.tuples(st.integers(1, 4), st.integers(1, 12)),
    padded=st.booleans(),
    seed=st.integers(0, 2**31),
)
def test_equals_the_pseudo_code(
    experts: int,
    gated: bool,
    capacity_factor: float | None,
    choices: tuple[int, int],
    shape: tuple[int, int],
    padded: bool,
    seed: int,
) -> None:
    torch.manual_seed(seed)
    top_k, rounds = min(choices[0], experts), choices[1]
    layer = layer_of(experts, gated, capacity_factor, top_k=top_k, reroute_rounds=rounds)
    x, real = torch.randn(*shape, WIDTH), torch.rand(shape) < 0.8
    with padded_rows() if padded else sorted_rows():
        assert_same(*layer(x, real), reference(layer, x, real))


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("gated", [False, True])
@pytest.mark.parametrize("top_k", [1, 2])
def test_gradients_equal_numerical_differences_of_the_pseudo_code(
    gated: bool, top_k: int, padded: bool
) -> None:
    # grouped_mm has no float64: the pseudo-code is held against numerical differences, and the
    # layer's gradients against the pseudo-code's.
    layer = layer_of(2, gated, 0.5, top_k=top_k)
    x, real = torch.randn(2, 6, WIDTH), torch.arange(12).view(2, 6) != 5
    mix = torch.randn(12, WIDTH)

    def total(x: torch.Tensor, *weights: torch.Tensor) -> torch.Tensor:
        result = switch_reference.switch_layer(
            x, real.flatten().tolist(), *weights, gated, layer.router.capacity_factor, top_k
        )
        assert result.dropped > 0
        return (result.output * mix.to(x.dtype)).sum() + result.balance_loss + result.z_loss

    tensors = (x.flatten(0, 1), layer.router.weight, layer.wi, layer.wo)
    exact = [tensor.detach().double().requires_grad_() for tensor in tensors]
    assert torch.autograd.gradcheck(total, exact, fast_mode=True)
    total(*exact).backward()

    x.requires_grad_()
    with padded_rows() if padded else sorted_rows():
        y, statistics = layer(x, real)
        loss = (y.flatten(0, 1) * mix).sum() + statistics.balance_loss + statistics.z_loss
        loss.backward()
    found = (x.grad.flatten(0, 1), layer.router.weight.grad, layer.wi.grad, layer.wo.grad)
    for gradient, wanted in zip(found, exact, strict=True):
        torch.testing.assert_close(gradient, wanted.grad.float(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("padded_blocks", [False, True])
@pytest.mark.parametrize("capacity_factor", [None, 0.5, 1.0])
def test_right_padding_changes_nothing(capacity_factor: float | None, padded_blocks: bool) -> None:
    layer = layer_of(3, capacity_factor=capacity_factor)
    x, real = torch.randn(4, 10, WIDTH), torch.ones(4, 10).bool()
    y, statistics = layer(x, real)
    rubbish = torch.randn(4, 25, WIDTH) * 1000
    padded, padded_real = torch.cat([x, rubbish], 1), torch.arange(35).expand(4, 35) < 10
    with padded_rows() if padded_blocks else sorted_rows():
        y_padded, statistics_padded = layer(padded, padded_real)
    torch.testing.assert_close(y_padded[:, :10], y, rtol=0, atol=1e-6)
    assert y_padded[:, 10:].eq(0).all()
    for found, wanted in zip(statistics_padded, statistics, strict=True):
        torch.testing.assert_close(found, wanted, rtol=0, atol=1e-6)


def test_padding_gives_no_gradient() -> None:
    layer, real = layer_of(3), torch.arange(20).view(2, 10) < 7
    x = torch.randn(2, 10, WIDTH, requires_grad=True)
    y, statistics = layer(x, real)
    (y.sum() + statistics.balance_loss + statistics.z_loss).backward()
    assert x.grad[~real].eq(0).all()
    assert x.grad[real].ne(0).any()


def test_one_expert_is_the_dense_layer() -> None:
    layer, dense = layer_of(1, capacity_factor=None), FeedForward(WIDTH, INNER, gated=False)
    with torch.no_grad():
        dense.wi.weight.copy_(layer.wi[0].t())
        dense.wo.weight.copy_(layer.wo[0])
    x = torch.randn(2, 5, WIDTH)
    torch.testing.assert_close(layer(x, torch.ones(2, 5).bool())[0], dense(x))


def test_capacity_differs_in_training_and_evaluation() -> None:
    layer = layer_of(2, capacity_factor=0.1)
    x, real = torch.randn(2, 30, WIDTH), torch.ones(2, 30).bool()
    assert layer(x, real)[1].dropped > 0.5
    assert layer.eval()(x, real)[1].dropped == 0


def test_expert_dropout_only_in_training() -> None:
    layer = layer_of(2, capacity_factor=None, expert_dropout=0.4)
    x, real = torch.randn(2, 30, WIDTH), torch.ones(2, 30).bool()
    assert not torch.equal(layer(x, real)[0], layer(x, real)[0])
    layer.eval()
    assert torch.equal(layer(x, real)[0], layer(x, real)[0])


def test_few_rows_without_gradients_give_the_same() -> None:
    layer = layer_of(8, capacity_factor=None)
    for tokens in (1, 7, 30):
        x, real = torch.randn(tokens, 1, WIDTH), torch.ones(tokens, 1).bool()
        with torch.no_grad():
            y, _ = layer(x, real)
        torch.testing.assert_close(y, layer(x, real)[0])


def test_bfloat16_in_bfloat16_out_with_float32_statistics() -> None:
    layer = layer_of(3, capacity_factor=None)
    x, real = torch.randn(2, 10, WIDTH).bfloat16(), torch.ones(2, 10).bool()
    y, statistics = layer(x, real)
    assert y.dtype == torch.bfloat16
    assert {value.dtype for value in statistics} == {torch.float32}
    expected, _ = layer(x.float(), real)
    torch.testing.assert_close(y.float(), expected, rtol=0.05, atol=0.05)


def test_experts_multiply_in_bfloat16_under_autocast() -> None:
    layer = layer_of(3, capacity_factor=None)
    x, real = torch.randn(2, 10, WIDTH), torch.ones(2, 10).bool()
    expected, exact = layer(x, real)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y, statistics = layer(x, real)
    assert y.dtype == torch.float32
    assert not torch.equal(y, expected)
    torch.testing.assert_close(y, expected, rtol=0.05, atol=0.05)
    for found, wanted in zip(statistics, exact, strict=True):
        assert torch.equal(found, wanted)  # the router has not lost a digit


def test_masking_leaves_out_whole_tokens_in_training_only() -> None:
    layer = layer_of(2, capacity_factor=None, expert_masking=0.25)
    x, real = torch.randn(4, 500, WIDTH), torch.ones(4, 500).bool()
    y = layer(x, real)[0].flatten(0, 1)
    layer.eval()
    whole = layer(x, real)[0].flatten(0, 1)
    masked = y.eq(0).all(dim=1)
    assert float(masked.float().mean()) == pytest.approx(0.25, abs=0.04)
    torch.testing.assert_close(y[~masked], whole[~masked] / 0.75)  # the same mean


def test_two_experts_of_two_are_their_weighted_sum() -> None:
    layer, x = layer_of(2, capacity_factor=None, top_k=2), torch.randn(1, 6, WIDTH)
    p = (x @ layer.router.weight.T).softmax(-1)
    dense = [FeedForward(WIDTH, INNER, gated=False) for _ in range(2)]
    for e, block in enumerate(dense):
        with torch.no_grad():
            block.wi.weight.copy_(layer.wi[e].t())
            block.wo.weight.copy_(layer.wo[e])
    expected = p[..., :1] * dense[0](x) + p[..., 1:] * dense[1](x)
    torch.testing.assert_close(layer(x, torch.ones(1, 6).bool())[0], expected)


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


def test_each_token_meets_the_unequal_expert_of_its_choice() -> None:
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


def test_an_unequal_expert_without_tokens() -> None:
    layer, x = unequal([4, 24], False), torch.rand(1, 5, WIDTH)
    with torch.no_grad():
        layer.router.weight.copy_(torch.stack([torch.ones(WIDTH), -torch.ones(WIDTH)]))
    y, statistics = layer(x, torch.ones(1, 5).bool())
    assert statistics.load.tolist() == pytest.approx([1.0, 0.0])
    assert y.shape == x.shape
