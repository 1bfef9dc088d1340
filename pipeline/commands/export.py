"""`mswitch export`: a checkpoint of ours as a Hugging Face model."""

import argparse
from pathlib import Path

from pipeline.stages import folders

HELP = "make a Hugging Face folder from a checkpoint, for transformers"
EXAMPLES = """\
mswitch export --checkpoint runs/sample/switch/checkpoint_last.pt --output exported
mswitch export --checkpoint runs/a/checkpoint_best.pt --output a --tokenizer runs/a/tokenizer"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--checkpoint", type=Path, required=True, metavar="FILE", help="of a run, import, ...")
    add("--output", type=Path, required=True, metavar="DIR", help="the Hugging Face folder")
    add(
        "--tokenizer",
        type=Path,
        metavar="DIR",
        help="tokenizer folder (default: the one in the run, beside it, or in its data)",
    )
    add("--json", type=Path, metavar="FILE", help="write what is said as data to FILE too")


def run(arguments: argparse.Namespace, extra: list[str]) -> None:
    """Export; a second time it only says what is there. Raises InputError, see export_model."""
    from pipeline.training.convert import export_model, told

    summary = export_model(arguments.checkpoint, arguments.output, arguments.tokenizer)
    print(told(summary, arguments.output))
    if arguments.json:
        folders.write_json(arguments.json, summary)
