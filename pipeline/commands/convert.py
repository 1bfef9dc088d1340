"""`mswitch import`, `export` and `upcycle`: models in other forms."""

import argparse
from pathlib import Path
from typing import Any

from pipeline.commands.command import Command, add_json, write_json


def _add_import_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "folder",
        type=Path,
        metavar="FOLDER",
        help="with config.json, *.safetensors (or .bin) and perhaps spiece.model",
    )
    add("--output", type=Path, required=True, metavar="DIR", help="folder of the checkpoint")
    add_json(parser, "the summary as data")


def _add_export_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--checkpoint", type=Path, required=True, metavar="FILE", help="of a run, import, ...")
    add("--output", type=Path, required=True, metavar="DIR", help="the Hugging Face folder")
    add(
        "--tokenizer",
        type=Path,
        metavar="DIR",
        help="tokenizer folder (default: the one in the run, beside it, or in its data)",
    )
    add_json(parser, "the summary as data")


def _add_upcycle_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--checkpoint", type=Path, required=True, metavar="FILE", help="of a dense model")
    add("--experts", type=int, required=True, metavar="E", help="experts in each Switch layer")
    add("--output", type=Path, required=True, metavar="DIR", help="folder of the new checkpoint")
    add(
        "--sparse-every",
        type=int,
        default=2,
        metavar="N",
        help="each N-th feed-forward becomes a Switch layer (default: %(default)s)",
    )
    add("--seed", type=int, default=1, metavar="N", help="seed of the routers (default: 1)")
    add_json(parser, "the summary as data")


def _run_import(arguments: argparse.Namespace, extra: list[str]) -> None:
    from pipeline.training.convert import import_model

    _tell(arguments, import_model(arguments.folder, arguments.output))


def _run_export(arguments: argparse.Namespace, extra: list[str]) -> None:
    from pipeline.training.convert import export_model

    _tell(arguments, export_model(arguments.checkpoint, arguments.output, arguments.tokenizer))


def _run_upcycle(arguments: argparse.Namespace, extra: list[str]) -> None:
    from pipeline.training.convert import upcycle_model

    settings = {name: getattr(arguments, name) for name in ("experts", "sparse_every", "seed")}
    _tell(arguments, upcycle_model(arguments.checkpoint, arguments.output, **settings))


def _tell(arguments: argparse.Namespace, summary: dict[str, Any]) -> None:
    from pipeline.training.convert import told

    print(told(summary, arguments.output))
    write_json(arguments, summary)


COMMANDS = {
    "import": Command(
        "make a checkpoint and tokenizer from a Hugging Face folder of T5, mT5 or Switch",
        """\
mswitch import models/t5-small --output runs/t5-small
mswitch import models/switch-base-8 --output runs/switch-base-8 --json imported.json""",
        _add_import_arguments,
        _run_import,
    ),
    "export": Command(
        "make a Hugging Face folder from a checkpoint, for transformers",
        """\
mswitch export --checkpoint runs/sample/switch/checkpoint_last.pt --output exported
mswitch export --checkpoint runs/a/checkpoint_best.pt --output a --tokenizer runs/a/tokenizer""",
        _add_export_arguments,
        _run_export,
    ),
    "upcycle": Command(
        "make a Switch model from a dense checkpoint: every expert starts as a copy",
        """\
mswitch upcycle --checkpoint runs/sample/dense/checkpoint_last.pt --experts 8 --output runs/upcycled
mswitch upcycle --checkpoint runs/a/checkpoint_last.pt --experts 32 --sparse-every 1 --output b""",
        _add_upcycle_arguments,
        _run_upcycle,
    ),
}
