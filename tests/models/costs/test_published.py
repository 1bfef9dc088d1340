from dataclasses import replace

import pytest

from models.costs.counts import Lengths, on_meta, parameters, weights
from models.costs.published import TABLE_9, VOCABULARY, table_9_flops
from models.network.architectures import architecture
from models.network.config import TransformerConfig


@pytest.mark.parametrize("name", TABLE_9)
def test_table_9_within_3_percent(name: str) -> None:
    row = TABLE_9[name]
    config = replace(architecture(name), vocabulary_size=VOCABULARY, **row.instead)
    model = on_meta(config)
    assert parameters(weights(model)) == pytest.approx(row.parameters, rel=0.03)
    assert table_9_flops(model) == pytest.approx(row.flops, rel=0.03)


def test_only_switch_large_needs_another_shape() -> None:
    assert [name for name, row in TABLE_9.items() if row.instead] == ["switch_large"]
    model = on_meta(replace(architecture("switch_large"), vocabulary_size=VOCABULARY))
    assert table_9_flops(model) == pytest.approx(425e9, rel=0.03)
    assert parameters(weights(model)) / 1e9 == pytest.approx(27.12, abs=0.01)  # printed: 26


def test_the_convention_by_hand() -> None:
    # d_model 8, d_ff 16, 2 heads of 4 (inner 8), 1 encoder and 1 decoder layer, vocabulary 10.
    config = TransformerConfig(10, 8, 16, 4, 2, 1, 1, experts=3, sparse_every=1)
    square, block = 8 * 8, 2 * 8 * 16
    weights_met = 5 * (4 * square + block) + 3 * (8 * square + block)
    scores = 2 * 8 * (5 * 5 + 3 * 3 + 3 * 5)
    assert table_9_flops(on_meta(config), Lengths(5, 3)) == 2 * weights_met + scores + 2 * 3 * 80
