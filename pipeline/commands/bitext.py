"""`mswitch bitext`: parallel text in, clean pairs and shards for translation out."""

import argparse
from pathlib import Path

from pipeline.commands.command import Command, add_json, write_json
from pipeline.stages import options
from pipeline.translation.bitext.config import BitextConfig


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--input",
        nargs="+",
        required=True,
        metavar="SPEC",
        help="files, globs or folders, PATH:en-fr to tell languages (docs/translation.md)",
    )
    add("--data", type=Path, required=True, help="folder with the tokenizer: of prepare or import")
    add("--output", type=Path, required=True, help="folder to make")
    add("--held-out", nargs="+", default=[], metavar="SPEC", help="test text, left out of training")
    options.add_workers(parser)
    add_json(parser, "mixture and removals")
    defaults = BitextConfig()
    options.add_method(parser, defaults.method, "directions")
    options.add(parser, defaults)


def _run(arguments: argparse.Namespace, extra: list[str]) -> None:
    """Make the folder and print what was removed; options in `extra` go to Beam."""
    from pipeline.translation.bitext import removals
    from pipeline.translation.bitext.job import make_bitext

    content = make_bitext(
        arguments.input,
        arguments.data,
        arguments.output,
        options.read(arguments, BitextConfig),
        arguments.held_out,
        arguments.workers,
        extra,
    )
    print(removals.text(content["removed"]))
    write_json(arguments, content)


COMMANDS = {
    "bitext": Command(
        "clean parallel text and write it as token ids, direction by direction",
        """
mswitch bitext --input 'pipeline/sample/parallel/*.tsv.gz' --data runs/sample --output runs/bitext
mswitch bitext --input pipeline/sample/parallel --data runs/sample --output runs/into-english \\
    --directions '*-en'
mswitch bitext --input 'pipeline/sample/parallel/en-[fs]*.tsv.gz' --data runs/sample \\
    --held-out pipeline/sample/parallel/en-de.tsv.gz --output runs/some --directions en-fr sw-en
""",
        _add_arguments,
        _run,
        accepts_extra=True,
    )
}
