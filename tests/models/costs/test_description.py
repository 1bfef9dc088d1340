from dataclasses import replace

from models.costs.counts import Lengths
from models.costs.description import Training, describe
from models.network.architectures import architecture

TRAINING = Training(Lengths(512, 114), "adamw", "float32", (1, 4))


def test_layers_of_one_shape_are_told_once() -> None:
    config = replace(architecture("switch_mini"), vocabulary_size=1000, experts=6, decoder_layers=3)
    found = describe("switch_mini", config, TRAINING)
    groups = [(g["stack"], g["numbers"], g["experts"]) for g in found["layers"]]
    assert groups == [
        ("encoder", [1, 3], 1),
        ("encoder", [2, 4], 6),
        ("decoder", [1, 3], 1),
        ("decoder", [2], 6),
    ]
    expert = 2 * 256 * 1024
    assert found["layers"][1]["parts"] == {
        "attention": 4 * 256 * 256,
        "feed_forward": 6 * expert,
        "router": 6 * 256,
        "norm": 2 * 256,
    }
    assert found["layers"][1]["parameters"] - found["layers"][1]["active"] == 5 * expert


def test_parts_add_up_to_the_whole() -> None:
    config = replace(architecture("mt5_tiny"), vocabulary_size=300, experts=4)
    found = describe("mt5_tiny", config, TRAINING)
    layers = sum(len(group["numbers"]) * group["parameters"] for group in found["layers"])
    assert layers + sum(found["outside_layers"].values()) == found["parameters"]["total"]
    for group in found["layers"]:
        assert sum(group["parts"].values()) == group["parameters"]


def test_flops_and_memory_follow_the_training() -> None:
    config = replace(architecture("switch_tiny"), vocabulary_size=500, experts=4)
    found = describe("switch_tiny", config, TRAINING)
    flops = found["flops"]
    assert flops["training_per_sequence"] == 3 * flops["forward_per_sequence"]
    assert flops["forward_per_token"] == flops["forward_per_sequence"] / 626
    one, four = found["memory"]["bytes_per_device"]
    assert (one["devices"], four["devices"]) == (1, 4)
    assert one["weights"] == 4 * found["parameters"]["total"]
    assert four["weights"] == 4 * found["parameters"]["active"]  # one expert of four each
    assert one["total"] == 4 * one["weights"]


def test_the_paper_is_shown_for_its_own_shapes_only() -> None:
    base = replace(architecture("switch_base"), vocabulary_size=32128)
    shown = describe("switch_base", base, TRAINING)["published"]
    assert shown["counted"]["parameters"] == 7_415_217_408
    assert describe("switch_base", replace(base, experts=64), TRAINING)["published"] is None
    tiny = replace(architecture("t5_tiny"), vocabulary_size=32128)
    assert describe("t5_tiny", tiny, TRAINING)["published"] is None
