import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from models.data.packed_dataset import Example, TrainingDataset
from models.network.config import TransformerConfig
from models.plugin.model import SwitchTransformer
from models.plugin.switch_cross_entropy import SwitchCrossEntropy

VOCABULARY = 20
PIECE_BYTES = np.arange(VOCABULARY) * 3


class FakeDictionary:
    def piece_bytes(self) -> np.ndarray:
        return PIECE_BYTES


def criterion(balance: float = 0.1, z: float = 0.01) -> SwitchCrossEntropy:
    return SwitchCrossEntropy(SimpleNamespace(source_dictionary=FakeDictionary()), balance, z)


def model(experts: int) -> SwitchTransformer:
    config = TransformerConfig(
        VOCABULARY, 8, 16, 4, 2, 2, 2, experts=experts, jitter=0.0, init_scale=1.0
    )
    return SwitchTransformer(config)


def sample() -> dict:
    rng = np.random.default_rng(0)
    rows = [
        Example(rng.integers(2, 20, source), rng.integers(2, 20, target), language)
        for source, target, language in ((7, 5, 3), (6, 4, 1), (7, 5, 3), (4, 2, 0))
    ]
    return TrainingDataset.collater(SimpleNamespace(), rows)


def token_losses(network: SwitchTransformer, batch: dict) -> torch.Tensor:
    """-log p of each target token [B, T], 0 for padding, from the logits."""
    logits = network.transformer.logits(network(**batch["net_input"]).hidden)
    return cross_entropy(logits.mT, batch["target"], ignore_index=0, reduction="none")


def test_dense_loss_is_the_sum_over_target_tokens() -> None:
    network, batch = model(experts=0), sample()
    loss, tokens, log = criterion()(network, batch)
    expected = token_losses(network, batch).sum()
    assert tokens == 5 + 4 + 5 + 2
    torch.testing.assert_close(loss, expected)
    assert float(log["nll"]) == pytest.approx(float(expected))
    assert log["processed_tokens"] == tokens + 7 + 6 + 7 + 4
    assert log["nsentences"] == 4
    assert log["routing"] == []
    assert "sequences" not in log


def test_auxiliary_losses_are_multiplied_by_the_tokens() -> None:
    network, batch = model(experts=3), sample()
    loss, tokens, log = criterion(balance=0.1, z=0.01)(network, batch)
    routing = network(**batch["net_input"]).routing
    assert len(routing) == len(log["routing"]) == 2  # one in the encoder, one in the decoder
    expected = token_losses(network, batch).sum()
    for layer in routing:  # each layer has a loss of its own
        expected = expected + tokens * (0.1 * layer.balance_loss + 0.01 * layer.z_loss)
    torch.testing.assert_close(loss, expected)
    assert float(log["nll"]) == pytest.approx(float(token_losses(network, batch).sum()))


def test_gradient_is_that_of_the_loss_by_hand() -> None:
    network, batch = model(experts=3), sample()
    loss, tokens, _ = criterion(balance=0.1, z=0.01)(network, batch)
    loss.backward()
    found = {name: weight.grad.clone() for name, weight in network.named_parameters()}
    network.zero_grad()
    routing = network(**batch["net_input"]).routing
    auxiliary = sum(0.1 * layer.balance_loss + 0.01 * layer.z_loss for layer in routing)
    (token_losses(network, batch).sum() + tokens * auxiliary).backward()
    for name, weight in network.named_parameters():
        torch.testing.assert_close(found[name], weight.grad, rtol=1e-4, atol=1e-5, msg=name)


def test_every_sparse_layer_counts_when_all_are_sparse() -> None:
    config = TransformerConfig(VOCABULARY, 8, 16, 4, 2, 2, 3, experts=3, sparse_every=1)
    _, _, log = criterion()(SwitchTransformer(config), sample())
    assert len(log["routing"]) == 5
    assert all(layer.balance_loss > 0 for layer in log["routing"])


def test_sequence_sums_by_hand() -> None:
    network, batch = model(experts=3).eval(), sample()
    with torch.no_grad():
        _, _, log = criterion()(network, batch)
        losses = token_losses(network, batch).sum(1).double()
    target, sizes = batch["target"], torch.from_numpy(PIECE_BYTES)
    assert log["sequences"].dtype == torch.float64
    for number, (language, nll, tokens, size) in enumerate(log["sequences"].tolist()):
        assert language == [3, 1, 3, 0][number]
        assert nll == pytest.approx(float(losses[number]), rel=1e-6)
        assert tokens == (target[number] != 0).sum()
        assert size == sizes[target[number]].sum()


def test_nothing_hangs_on_the_graph() -> None:
    _, _, log = criterion()(model(experts=3), sample())
    tensors = [log["nll"], *(value for layer in log["routing"] for value in layer)]
    assert not any(tensor.requires_grad for tensor in tensors)


def test_meters(tmp_path: Path) -> None:
    from fairseq.logging import metrics

    network, batch = model(experts=3), sample()
    logs = [criterion()(network, batch)[2] for _ in range(2)]
    logs[1] = {**logs[1], "nll": logs[1]["nll"] * 3, "ntokens": 32}
    with metrics.aggregate(new_root=True) as meters:
        SwitchCrossEntropy.reduce_metrics(logs)
        values = meters.get_smoothed_values()
    nll = float(logs[0]["nll"] + logs[1]["nll"])
    assert values["loss"] == pytest.approx(nll / (16 + 32), abs=1e-4)
    loads = [values[f"expert_load/layer{layer}/expert{e}"] for layer in (0, 1) for e in range(3)]
    assert math.fsum(loads) == pytest.approx(2, abs=1e-5)
    assert {"balance_loss", "z_loss", "dropped"} <= set(values)
    assert not SwitchCrossEntropy.logging_outputs_can_be_summed()
