"""`mswitch describe`: what a model is, and what it costs."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from langs.errors import InputError
from pipeline.commands.command import Command, add_json, write_json
from pipeline.training.pretrain import MODELS

if TYPE_CHECKING:
    from models.costs.description import Training
    from models.network.config import TransformerConfig

CHECKPOINT = ".pt"  # how the name of a checkpoint file ends


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("name", metavar="NAME", help=f"{MODELS}; or a checkpoint file")
    add("settings", nargs="*", metavar="KEY=VALUE", help="any setting of the model, e.g. d_ff=4096")
    add("--experts", type=int, metavar="N", help="experts in each Switch layer")
    add(
        "--vocabulary",
        type=int,
        metavar="N",
        help="ids of the vocabulary (default: 32,128 as T5; mt5: 250,112)",
    )
    add("--source-tokens", type=int, default=512, metavar="N", help="of a sequence (default: 512)")
    add(
        "--target-tokens",
        type=int,
        metavar="N",
        help="of a sequence (default: what span corruption makes of the source: 114 of 512)",
    )
    add(
        "--devices",
        type=int,
        nargs="+",
        default=[1, 8],
        metavar="N",
        help="numbers of devices to spread the experts over (default: 1 8)",
    )
    add("--optimizer", choices=("adamw", "adafactor"), default="adamw", help="default: adamw")
    add(
        "--precision",
        choices=("float32", "bfloat16"),
        default="float32",
        help="of training; bfloat16 is fairseq's --bf16 (default: float32)",
    )
    add_json(parser, "the same as data")


def _run(arguments: argparse.Namespace, extra: list[str]) -> None:
    """Print the description. Raises InputError for an unknown name or an impossible shape."""
    from models.costs.description import describe
    from pipeline.report.model_description import text

    description = describe(arguments.name, config(arguments, extra), training(arguments))
    write_json(arguments, description)
    print(text(description))


def config(arguments: argparse.Namespace, extra: list[str]) -> "TransformerConfig":
    """The named shape with the settings given, those behind an option (in `extra`) too."""
    from models.network.options import check, with_settings

    for text in extra:
        if text.startswith("-"):
            raise InputError(f"unknown option {text}; see mswitch describe --help")
    for option, value in (("experts", arguments.experts), ("vocabulary", arguments.vocabulary)):
        if value is not None and value < 1:
            raise InputError(f"--{option} {value}: give at least 1")
    experts = [] if arguments.experts is None else [f"experts={arguments.experts}"]
    named = named_config(arguments.name)
    if arguments.vocabulary is not None:
        named = replace(named, vocabulary_size=arguments.vocabulary)
    shape = with_settings(named, [*arguments.settings, *extra, *experts])
    check(shape)
    return shape


def named_config(name: str) -> "TransformerConfig":
    """The shape of a checkpoint file, or of a named architecture with its usual vocabulary."""
    from models.network.architectures import architecture, usual_vocabulary
    from models.weights import checkpoint

    if name.endswith(CHECKPOINT):
        return checkpoint.read(Path(name)).config
    return replace(architecture(name), vocabulary_size=usual_vocabulary(name))


def training(arguments: argparse.Namespace) -> "Training":
    """The training that the options speak of. Raises InputError for numbers below 1."""
    from models.costs.counts import Lengths
    from models.costs.description import Training
    from models.data.span_corruption import corrupted_lengths, text_tokens_for

    source, target = arguments.source_tokens, arguments.target_tokens
    if target is None:
        target = corrupted_lengths(text_tokens_for(source))[1]
    numbers = {"--source-tokens": [source], "--target-tokens": [target]}
    for option, values in (numbers | {"--devices": arguments.devices}).items():
        for value in values:
            if value < 1:
                raise InputError(f"{option} {value}: give at least 1")
    lengths, devices = Lengths(source, target), tuple(arguments.devices)
    return Training(lengths, arguments.optimizer, arguments.precision, devices)


COMMANDS = {
    "describe": Command(
        "layers, parameters, FLOPs and memory of a model, also of one too large to build",
        """\
mswitch describe switch_base
mswitch describe switch_c --devices 256 2048 --optimizer adafactor --precision bfloat16
mswitch describe switch_base --experts 64 --source-tokens 128 --json switch_base.json
mswitch describe switch_large gated=false d_ff=4096
mswitch describe runs/sample/switch/checkpoint_last.pt""",
        _add_arguments,
        _run,
        accepts_extra=True,
    )
}
