from argparse import Namespace
from types import SimpleNamespace

import pytest
import torch
from fairseq import options
from fairseq.models import ARCH_CONFIG_REGISTRY

import models.tasks  # noqa: F401  (registers)
from langs.errors import InputError
from models.network.architectures import architecture, architectures
from models.network.options import OPTION_NAMES, config_from_options
from models.plugin.model import SwitchTransformer


def parse(*arguments: str) -> Namespace:
    task = ["data", "--task", "multilingual_span_corruption"]
    return options.parse_args_and_arch(options.get_training_parser(), [*task, *arguments])


def build(arguments: Namespace, vocabulary_size: int = 30) -> SwitchTransformer:
    dictionary = [None] * vocabulary_size
    return SwitchTransformer.build_model(arguments, SimpleNamespace(source_dictionary=dictionary))


@pytest.mark.parametrize("name", list(architectures()))
def test_every_size_is_an_arch_with_its_own_settings(name: str) -> None:
    assert name in ARCH_CONFIG_REGISTRY
    arguments = vars(parse("--arch", name))
    assert arguments.keys() >= set(OPTION_NAMES)
    assert config_from_options(arguments, 0) == architecture(name)


def test_flags_win_over_the_table() -> None:
    flags = ["--experts", "3", "--gated", "--capacity-factor", "none", "--d-ff", "32"]
    config = build(parse("--arch", "switch_tiny", *flags)).transformer.config
    assert (config.experts, config.gated, config.capacity_factor, config.d_ff) == (
        3,
        True,
        None,
        32,
    )
    assert config.eval_capacity_factor is None
    assert config.vocabulary_size == 30
    assert config.d_model == 64


def test_forward_is_the_transformers() -> None:
    model = build(parse("--arch", "switch_tiny")).eval()
    source, previous = torch.randint(2, 30, (2, 6)), torch.randint(2, 30, (2, 4))
    found, expected = model(source, previous), model.transformer(source, previous)
    assert torch.equal(found.hidden, expected.hidden)
    assert model.max_positions() is None


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--d-model", "66"], "d_model 66: with experts give a multiple of 8"),
        (["--d-ff", "100"], "d_ff 100"),
        (["--heads", "0"], "heads 0: give at least 1"),
        (["--sparse-every", "0"], "sparse_every 0"),
        (["--top-k", "17"], "top_k 17: give 1 to 16"),
        (["--exploration", "luck"], "exploration 'luck': give one of jitter, argmax"),
        (["--reroute-rounds", "1", "--top-k", "2"], "reroute_rounds 1: give 0 or more, and 0"),
        (["--expert-widths", "8,8"], "expert_widths has 2 numbers for 16 experts"),
        (["--expert-widths", "8;8"], "expert_widths '8;8': give numbers with commas"),
        (["--expert-masking", "1"], "expert_masking 1.0: give 0 or more, and less than 1"),
        (["--position-buckets", "2"], "position_buckets 2"),
        (["--position-max-distance", "16"], "position_max_distance 16"),
    ],
)
def test_impossible_shapes(flags: list[str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        build(parse("--arch", "switch_tiny", *flags))


def test_unequal_experts_by_flag() -> None:
    flags = ["--experts", "2", "--expert-widths", "128,256"]
    model = build(parse("--arch", "switch_tiny", *flags)).transformer
    assert model.config.expert_widths == (128, 256)
    experts = model.encoder.layers[1].feed_forward.experts
    assert [expert.wi.out_features for expert in experts] == [128, 256]


def test_dense_widths_are_free() -> None:
    assert build(parse("--arch", "t5_tiny", "--d-model", "66")).transformer.config.d_model == 66
