"""`mswitch import`: a Hugging Face model as a checkpoint of ours."""

import argparse
from pathlib import Path

from pipeline.stages import folders

HELP = "make a checkpoint and tokenizer from a Hugging Face folder of T5, mT5 or Switch"
EXAMPLES = """\
mswitch import models/t5-small --output runs/t5-small
mswitch import models/switch-base-8 --output runs/switch-base-8 --json imported.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "folder",
        type=Path,
        metavar="FOLDER",
        help="with config.json, *.safetensors (or .bin) and perhaps spiece.model",
    )
    add("--output", type=Path, required=True, metavar="DIR", help="folder of the checkpoint")
    add("--json", type=Path, metavar="FILE", help="write what is said as data to FILE too")


def run(arguments: argparse.Namespace, extra: list[str]) -> None:
    """Import; a second time it only says what is there. Raises InputError, see import_model."""
    from pipeline.training.convert import import_model, told

    summary = import_model(arguments.folder, arguments.output)
    print(told(summary, arguments.output))
    if arguments.json:
        folders.write_json(arguments.json, summary)
