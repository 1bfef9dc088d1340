"""`mswitch bitext`: parallel text in, clean pairs and shards for translation out."""

import argparse
from dataclasses import fields
from pathlib import Path

from pipeline.translation.bitext.config import BitextConfig

HELP = "clean parallel text and write it as token ids, direction by direction"
EXAMPLES = """
mswitch bitext --input 'pipeline/sample/parallel/*.tsv.gz' --data runs/sample --output runs/bitext
mswitch bitext --input pipeline/sample/parallel --data runs/sample --output runs/into-english \\
    --directions '*-en'
mswitch bitext --input 'pipeline/sample/parallel/en-[fs]*.tsv.gz' --data runs/sample \\
    --held-out pipeline/sample/parallel/en-de.tsv.gz --output runs/some --directions en-fr sw-en
"""
ACCEPTS_EXTRA = True
_DEFAULTS = BitextConfig()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options; those of the configuration have its names and defaults."""
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
    add("--workers", type=int, default=0, help="processes on this machine; 0: by size")
    add("--json", type=Path, metavar="FILE", help="write mixture and removals to FILE")
    add(
        "--directions",
        nargs="+",
        default=_DEFAULTS.directions,
        metavar="PATTERN",
        help="en-fr, en-*, *-en, *-*; several with commas or spaces (default: all there are)",
    )
    for name, kind, text in (
        ("min_characters", int, "of each side"),
        ("max_characters", int, "of each side"),
        ("max_pieces", int, "of the tokenizer, of each side"),
        ("max_length_ratio", float, "of the longer side to the shorter; 0: any"),
        ("min_language_probability", float, "by which a side is in another language; 0: any"),
        ("min_identified_characters", int, "languages of shorter sides are not looked at"),
        ("max_pairs_per_side", int, "pairs with the same text on one side; 0: any number"),
        ("valid_share", float, "share of the sentences for validation"),
        ("test_share", float, "share of the sentences for testing"),
    ):
        _add(parser, name, kind, text)
    _add(parser, "new_pieces", int, "most pieces of text to add to the tokenizer, learned here")
    add(
        "--new-pieces-languages",
        nargs="+",
        default=_DEFAULTS.new_pieces_languages,
        metavar="CODE",
        help="learn them from text in these (default: targets that the tokenizer has no tag for)",
    )
    _add_mixture(parser)


def _add_mixture(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--unimax",
        dest="method",
        action="store_const",
        const="unimax",
        default=_DEFAULTS.method,
        help="mix directions by UniMax instead of by temperature",
    )
    _add(parser, "alpha", float, "rates go with size ** alpha, 1 / temperature (by temperature)")
    _add(parser, "max_epochs", float, "most passes over one direction (by UniMax)")
    parser.add_argument(
        "--unit",
        choices=("pairs", "tokens", "bytes"),
        default=_DEFAULTS.unit,
        help="what sizes count (default: %(default)s)",
    )
    _add(parser, "seed", int, "of the order that training draws in")


def _add(parser: argparse.ArgumentParser, name: str, kind: type, text: str) -> None:
    parser.add_argument(
        "--" + name.replace("_", "-"),
        type=kind,
        default=getattr(_DEFAULTS, name),
        metavar="N",
        help=f"{text} (default: %(default)s)",
    )


def run(arguments: argparse.Namespace, extra: list[str]) -> None:
    """Make the folder and print what was removed; options in `extra` go to Beam."""
    from pipeline.stages import folders
    from pipeline.translation.bitext import removals
    from pipeline.translation.bitext.job import make_bitext

    config = BitextConfig(**{f.name: getattr(arguments, f.name) for f in fields(BitextConfig)})
    content = make_bitext(
        arguments.input,
        arguments.data,
        arguments.output,
        config,
        arguments.held_out,
        arguments.workers,
        extra,
    )
    print(removals.text(content["removed"]))
    if arguments.json:
        folders.write_json(arguments.json, content)
