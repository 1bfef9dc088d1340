"""`mswitch prepare`: tokenizer and shards from a corpus folder."""

import argparse
from pathlib import Path

from pipeline.commands.command import Command, add_json, write_json
from pipeline.prepare.config import PrepareConfig
from pipeline.stages import options


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--corpus", type=Path, required=True, help="output folder of mswitch corpus")
    add("--output", type=Path, required=True, help="folder that gets tokenizer/ and shards/")
    add("--tokenizer", type=Path, help="use the tokenizer in this folder")
    options.add_workers(parser)
    add_json(parser, "the mixture")
    defaults = PrepareConfig()
    options.add_method(parser, defaults.method, "languages")
    options.add(parser, defaults)


def _run(arguments: argparse.Namespace, extra: list[str]) -> None:
    """Make the tokenizer and the shards and print the mixture; options in `extra` go to Beam."""
    from pipeline.prepare import mixture_table
    from pipeline.prepare.job import prepare

    mixture = prepare(
        arguments.corpus,
        arguments.output,
        options.read(arguments, PrepareConfig),
        tokenizer=arguments.tokenizer,
        workers=arguments.workers,
        beam_options=extra,
    )
    print(mixture_table.text(mixture))
    write_json(arguments, mixture)


COMMANDS = {
    "prepare": Command(
        "train the tokenizer on a corpus and write it as token ids, language by language",
        """
mswitch prepare --corpus runs/sample/corpus --output runs/sample
mswitch prepare --corpus runs/sample/corpus --output runs/unimax --unimax --unit bytes
mswitch prepare --corpus runs/sample/corpus --output runs/sample --alpha 1
mswitch prepare --corpus runs/sample/corpus --output runs/a --tokenizer runs/sample/tokenizer
""",
        _add_arguments,
        _run,
        accepts_extra=True,
    )
}
