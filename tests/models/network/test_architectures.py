from dataclasses import replace

import pytest

from langs.errors import InputError
from models.costs.counts import on_meta, parameters, weights
from models.network.architectures import architecture, architectures, usual_vocabulary

T5_VOCABULARY = 32128
SIZES = ["tiny", "mini", "small", "base", "large", "xl", "xxl"]


def count(name: str, vocabulary_size: int | None = None, **changes: object) -> int:
    vocabulary_size = vocabulary_size or usual_vocabulary(name)
    config = replace(architecture(name), vocabulary_size=vocabulary_size, **changes)
    return parameters(weights(on_meta(config)))


def test_tiny_by_hand() -> None:
    attention, feed_forward, norm = 4 * 64 * 64, 2 * 64 * 256, 64
    encoder = 2 * (attention + feed_forward + 2 * norm)
    decoder = 2 * (2 * attention + feed_forward + 3 * norm)
    rest = 1000 * 64 + 2 * norm + 2 * 32 * 4  # embedding, final norms, relative positions
    dense = encoder + decoder + rest
    assert count("t5_tiny", 1000) == dense
    # The second layer of encoder and decoder: 15 experts more, and a router.
    assert count("switch_tiny", 1000) == dense + 2 * (15 * feed_forward + 16 * 64)


@pytest.mark.parametrize(
    ("name", "released", "changes"),
    [
        ("t5_small", 60_506_624, {}),  # t5-small
        ("t5_base", 247_577_856, {"separate_output": True}),  # google/t5-v1_1-base
        ("t5_large", 783_150_080, {"separate_output": True}),
        ("t5_xl", 2_849_757_184, {"separate_output": True}),
        ("t5_xxl", 11_135_332_352, {"separate_output": True}),
        ("mt5_small", 300_176_768, {}),  # google/mt5-small
        ("mt5_base", 582_401_280, {}),
        ("mt5_large", 1_229_581_312, {}),
        ("mt5_xl", 3_742_619_648, {}),
        ("mt5_xxl", 12_921_057_280, {}),
    ],
)
def test_dense_sizes_are_the_released_models(
    name: str, released: int, changes: dict[str, object]
) -> None:
    assert count(name, **changes) == released


@pytest.mark.parametrize(
    ("experts", "billions"), [(16, 1.1), (32, 2.0), (64, 3.8), (128, 7.4), (256, 14.7)]
)
def test_switch_base_of_any_number_of_experts(experts: int, billions: float) -> None:
    """Table 7 of the Switch paper; its figures have one decimal."""
    assert round(count("switch_base", experts=experts) / 1e9, 1) == billions


def test_switch_c_is_the_papers_1571_billion() -> None:
    assert count("switch_c") / 1e9 == pytest.approx(1571, rel=0.001)
    config = architecture("switch_c")
    assert all(config.is_sparse(layer) for layer in range(15))
    assert (config.experts, config.gated) == (2048, False)


@pytest.mark.parametrize("name", SIZES)
def test_switch_differs_from_dense_by_its_experts_alone(name: str) -> None:
    dense, sparse = architecture(f"t5_{name}"), architecture(f"switch_{name}")
    assert sparse.experts > 0 == dense.experts
    assert replace(sparse, experts=0) == dense


@pytest.mark.parametrize("name", SIZES)
def test_moe_is_switch_with_two_experts_a_token(name: str) -> None:
    moe = architecture(f"moe_{name}")
    assert moe == replace(architecture(f"switch_{name}"), top_k=2, capacity_factor=2.0)


def test_switch_base_plus_is_wider() -> None:
    base, plus = architecture("switch_base"), architecture("switch_base_plus")
    assert (plus.d_model, plus.heads, plus.capacity_factor) == (896, 16, 1.0)
    assert (plus.experts, plus.d_ff, plus.d_kv) == (base.experts, base.d_ff, base.d_kv)


@pytest.mark.parametrize("name", SIZES)
def test_mt5_is_gated_with_an_output_of_its_own(name: str) -> None:
    config = architecture(f"mt5_{name}")
    assert config.gated
    assert config.separate_output
    assert usual_vocabulary(f"mt5_{name}") == 250_112


@pytest.mark.parametrize("name", ["tiny", "mini"])
def test_small_mt5_costs_what_t5_does(name: str) -> None:
    theirs = count(f"t5_{name}", 1000, separate_output=True)
    assert count(f"mt5_{name}", 1000) == pytest.approx(theirs, rel=0.01)


def test_unknown_name() -> None:
    with pytest.raises(InputError, match="'switch_lage'; did you mean switch_large"):
        architecture("switch_lage")
    with pytest.raises(InputError, match=r"there are t5_tiny, t5_mini, .*, switch_c"):
        architecture("zzz")
    assert all(config.vocabulary_size == 0 for config in architectures().values())
