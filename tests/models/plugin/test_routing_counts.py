from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from models.layers.experts.router import Router, RoutingStatistics
from models.network.config import TransformerConfig
from models.network.transformer import Transformer
from models.plugin.routing_counts import RoutingCounts, has_routers, router_name

SMALL = {"vocabulary_size": 50, "d_model": 16, "d_ff": 32, "d_kv": 8, "heads": 2}
LAYERS = {"encoder_layers": 2, "decoder_layers": 2, "experts": 4}


class ByPiece(nn.Module):
    """One encoder router and one decoder router; piece 5 goes to expert 0, all others to 1."""

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self.encoder, self.decoder = (
            nn.ModuleDict({"layers": nn.ModuleList([nn.ModuleDict({"router": router})])})
            for router in (Router(2, 2, **options), Router(2, 2, **options))
        )
        for router in (self.encoder_router, self.decoder_router):
            router.weight.data = torch.eye(2)

    @property
    def encoder_router(self) -> Any:
        return self.encoder["layers"][0]["router"]

    @property
    def decoder_router(self) -> Any:
        return self.decoder["layers"][0]["router"]

    def forward(self, src_tokens: Tensor, prev_output_tokens: Tensor) -> None:
        real = prev_output_tokens != 0
        real[:, 0] = True
        route(self.encoder_router, src_tokens, src_tokens != 0)
        route(self.decoder_router, prev_output_tokens, real)


def route(router: Router, ids: Tensor, real: Tensor) -> None:
    is_five = (ids.flatten() == 5).float()
    router(torch.stack([is_five, 0.9 - is_five], dim=1), real.flatten())


# Language 0: pieces 5 5 6 behind each other, language 2: 5 7 and padding; language 1 has no text.
SAMPLE = {
    "net_input": {
        "src_tokens": torch.tensor([[5, 5, 6], [5, 7, 0]]),
        "prev_output_tokens": torch.tensor([[0, 6], [0, 0]]),
    },
    "languages": torch.tensor([0, 2]),
    "id": torch.tensor([10, 11]),
}


# 40 pieces 5 of language 0, then 8 of language 2: of 48 tokens 30 have a place with expert 0, if
# the capacity factor is 1.25.
CROWDED = {
    "net_input": {
        "src_tokens": torch.tensor([[5] * 40, [5] * 8 + [0] * 32]),
        "prev_output_tokens": torch.zeros(2, 1, dtype=torch.int64),
    },
    "languages": torch.tensor([0, 2]),
    "id": torch.tensor([0, 1]),
}


def counted(model: nn.Module, *samples: dict[str, Any], vocabulary: int = 8) -> RoutingCounts:
    counts = RoutingCounts(model.eval(), languages=3, vocabulary=vocabulary)
    for sample in samples:
        with torch.no_grad():
            model(**sample["net_input"])
        counts.add(sample)
    counts.close()
    return counts


def test_counts_by_hand() -> None:
    counts = counted(ByPiece(), SAMPLE, SAMPLE)
    assert counts.names == ["encoder 1", "decoder 1"]
    assert counts.chosen.tolist() == [
        [[4, 2], [0, 0], [2, 2]],
        [[0, 4], [0, 0], [0, 2]],  # the start token is no padding
    ]
    assert counts.dropped.sum() == 0
    encoder, decoder = counts.pieces.tolist()
    assert encoder[5:8] == [[6, 0], [0, 2], [0, 2]]
    assert decoder[0] == [0, 4]
    assert encoder[0] == [0, 0]


def test_what_is_over_capacity_is_counted_as_dropped_too() -> None:
    counts = counted(ByPiece(eval_capacity_factor=1.25), CROWDED)
    assert counts.chosen[0].tolist() == [[40, 0], [0, 0], [8, 0]]
    assert counts.dropped[0].tolist() == [[10, 0], [0, 0], [8, 0]]
    # the decoder's two start tokens have places, and count among the choices
    assert counts.dropped_share() == pytest.approx([10 / 41, 0, 8 / 9])


def test_effective_experts() -> None:
    counts = counted(ByPiece(), SAMPLE)
    uneven = np.exp(-(2 / 3) * np.log(2 / 3) - (1 / 3) * np.log(1 / 3))
    assert counts.effective_experts() == pytest.approx([(uneven + 1) / 2, 1, (2 + 1) / 2])


@pytest.mark.parametrize("options", [{}, {"top_k": 2}, {"attention_experts": True}])
def test_counts_of_a_model_are_those_of_its_statistics(options: dict[str, Any]) -> None:
    model = Transformer(TransformerConfig(**SMALL, **LAYERS, eval_capacity_factor=0.6, **options))
    source, target = torch.randint(1, 50, (3, 20)), torch.randint(1, 50, (3, 9))
    source[2, 12:] = target[1, 6:] = 0
    sample = {
        "net_input": {"source": source, "target_input": target},
        "languages": torch.tensor([0, 2, 0]),
        "id": torch.tensor([0, 1, 2]),
    }
    counts = RoutingCounts(model.eval(), 3, 50)
    with torch.no_grad():
        statistics: list[RoutingStatistics] = model(source, target).routing
    counts.add(
        {**sample, "net_input": {"src_tokens": source, "prev_output_tokens": target}},
    )
    counts.close()
    choices = options.get("top_k", 1)
    for row, one in enumerate(statistics):
        is_source = counts.names[row].startswith("encoder")
        real = (source if is_source else target) != 0
        assert counts.chosen[row].sum() == choices * real.sum()
        by_language = counts.chosen[row].sum(dim=1).tolist()
        assert by_language == [choices * int(real[::2].sum()), 0, choices * int(real[1].sum())]
        share = counts.dropped[row].sum() / counts.chosen[row].sum()
        assert share == pytest.approx(float(one.dropped), abs=1e-6)
        assert torch.equal(counts.pieces[row].sum(dim=0), counts.chosen[row].sum(dim=0).int())
        if choices == 1:
            load = counts.chosen[row].sum(dim=0) / counts.chosen[row].sum()
            assert load.tolist() == pytest.approx(one.load.tolist())


def test_padding_changes_no_count() -> None:
    model = Transformer(TransformerConfig(**SMALL, **LAYERS)).eval()
    ids = torch.randint(1, 50, (2, 10))
    padded = torch.cat([ids, ids.new_zeros(2, 7)], dim=1)
    found = []
    for source in (ids, padded):
        counts = RoutingCounts(model, 3, 50)
        model(source, ids)
        inputs = {"src_tokens": source, "prev_output_tokens": ids}
        both = torch.tensor([0, 1])
        counts.add({"net_input": inputs, "languages": both, "id": both})
        counts.close()
        found.append(counts)
    for name in ("chosen", "dropped", "pieces"):
        assert torch.equal(getattr(found[0], name), getattr(found[1], name))
    assert found[0].mean_gate() == pytest.approx(found[1].mean_gate())
    for short, long in zip(found[0].choices(), found[1].choices(), strict=True):
        assert np.array_equal(short, long)


def test_mean_gate_of_what_has_a_place() -> None:
    # Logits (1, -0.1) for piece 5 and (0, 0.9) for others: gates of the chosen 0.750 and 0.711.
    of_five, of_others = (1 / (1 + np.exp(-gap)) for gap in (1.1, 0.9))
    encoder, decoder = counted(ByPiece(), SAMPLE).mean_gate()
    assert encoder == pytest.approx((3 * of_five + 2 * of_others) / 5)
    assert decoder == pytest.approx(of_others)
    crowded = counted(ByPiece(eval_capacity_factor=1.25), CROWDED)
    assert crowded.mean_gate()[0] == pytest.approx(of_five)  # the dropped are no gates of 0


def test_mean_gate_of_several_experts_is_that_of_the_first() -> None:
    gates = counted(ByPiece(top_k=2), SAMPLE).mean_gate()
    assert gates == pytest.approx(counted(ByPiece(), SAMPLE).mean_gate())


def test_choices_by_hand() -> None:
    sequences, tokens, experts = counted(ByPiece(), SAMPLE).choices()
    assert sequences.tolist() == [10, 11]
    assert tokens.tolist() == [5, 3]
    assert experts.tolist() == [0, 0, 1, 0, 1, 1, 1, 1]
    assert experts.dtype == np.uint8


def test_choices_of_a_sample_of_the_sequences() -> None:
    model = ByPiece().eval()
    counts = RoutingCounts(model, 3, 8, sampled_every=11)
    model(**SAMPLE["net_input"])
    counts.add(SAMPLE)
    counts.close()
    sequences, tokens, experts = counts.choices()
    assert (sequences.tolist(), tokens.tolist()) == ([11], [2, 1])
    assert experts.tolist() == [0, 1, 1]
    assert counts.chosen.sum() == 8  # all else is of all sequences


def test_nothing_hangs_on_a_model_afterwards() -> None:
    model = ByPiece()
    counts = counted(model, SAMPLE)
    model(**SAMPLE["net_input"])
    assert counts.seen == {}
    assert has_routers(model)
    assert not has_routers(nn.Linear(2, 2))


def test_written_and_read_again(tmp_path: Path) -> None:
    counts = counted(ByPiece(), *[SAMPLE] * 5)
    counts.write(tmp_path, 7, ["en", "sw", "th"], [f"p{i}" for i in range(8)])
    with np.load(tmp_path / "routing.npz", allow_pickle=False) as file:
        assert file["step"] == 7
        assert file["routers"].tolist() == ["encoder 1", "decoder 1"]
        assert file["codes"].tolist() == ["en", "sw", "th"]
        assert file["chosen"].tolist() == counts.chosen.tolist()
        assert file["dropped"].tolist() == counts.dropped.tolist()
        # 15 of piece 5, 10 of the start token; the others come 5 times only
        assert file["pieces"].tolist() == ["p5", "p0"]
        assert file["piece_counts"].tolist() == [[[15, 0], [0, 0]], [[0, 0], [0, 10]]]
    assert [path.name for path in tmp_path.iterdir()] == ["routing.npz"]


def test_names_of_routers() -> None:
    start = "transformer.decoder.layers.3."
    assert router_name(start + "feed_forward.router") == "decoder 4"
    assert router_name(start + "attention.key_value_router") == "decoder 4 key value"
