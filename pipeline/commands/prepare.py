"""`mswitch prepare`: tokenizer and shards from a corpus folder."""

import argparse
from dataclasses import fields
from pathlib import Path

from pipeline.prepare.config import PrepareConfig

HELP = "train the tokenizer on a corpus and write it as token ids, language by language"
EXAMPLES = """
mswitch prepare --corpus runs/sample/corpus --output runs/sample
mswitch prepare --corpus runs/sample/corpus --output runs/unimax --unimax --unit bytes
mswitch prepare --corpus runs/sample/corpus --output runs/sample --alpha 1
mswitch prepare --corpus runs/sample/corpus --output runs/a --tokenizer runs/sample/tokenizer
"""
ACCEPTS_EXTRA = True
_DEFAULTS = PrepareConfig()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options; those of the configuration have its names and defaults."""
    parser.add_argument(
        "--corpus", type=Path, required=True, help="output folder of mswitch corpus"
    )
    parser.add_argument(
        "--output", type=Path, required=True, help="folder that gets tokenizer/ and shards/"
    )
    parser.add_argument("--tokenizer", type=Path, help="use the tokenizer in this folder")
    parser.add_argument(
        "--workers", type=int, default=0, help="processes on this machine; 0: by size"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the mixture to FILE")
    _mixture_arguments(parser)
    _add(parser, "vocabulary_size", int, "ids: pieces of SentencePiece and 100 sentinels")
    _add(parser, "character_coverage", float, "share of the text whose characters get own pieces")
    _add(parser, "sample_characters", int, "text to learn the tokenizer from; 0: 300 for each id")
    _add(parser, "tokenizer_alpha", float, "languages of that text go with documents ** this")
    _add(parser, "shard_bytes", int, "bytes that a shard holds at most, about")
    _add(parser, "seed", int, "of the choice of text for the tokenizer")


def _mixture_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--unimax",
        dest="method",
        action="store_const",
        const="unimax",
        default=_DEFAULTS.method,
        help="mix by UniMax instead of by temperature",
    )
    _add(parser, "alpha", float, "rates go with size ** alpha (by temperature)")
    _add(parser, "max_epochs", float, "most passes over one language (by UniMax)")
    _add(parser, "unit", str, "what sizes count", choices=("documents", "tokens", "bytes"))
    _add(parser, "token_budget", int, "tokens the training will draw; 0: one pass over the corpus")


def _add(
    parser: argparse.ArgumentParser,
    name: str,
    kind: type,
    text: str,
    choices: tuple[str, ...] | None = None,
) -> None:
    parser.add_argument(
        "--" + name.replace("_", "-"),
        type=kind,
        default=getattr(_DEFAULTS, name),
        choices=choices,
        metavar=None if choices else "N",
        help=f"{text} (default: %(default)s)",
    )


def run(arguments: argparse.Namespace, extra: list[str]) -> None:
    """Make the tokenizer and the shards and print the mixture; options in `extra` go to Beam."""
    from pipeline.prepare import mixture_table
    from pipeline.prepare.job import prepare
    from pipeline.stages import folders

    config = PrepareConfig(**{f.name: getattr(arguments, f.name) for f in fields(PrepareConfig)})
    mixture = prepare(
        arguments.corpus,
        arguments.output,
        config,
        tokenizer=arguments.tokenizer,
        workers=arguments.workers,
        beam_options=extra,
    )
    print(mixture_table.text(mixture))
    if arguments.json:
        folders.write_json(arguments.json, mixture)
