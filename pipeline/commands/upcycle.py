"""`mswitch upcycle`: a Switch model from a dense checkpoint."""

import argparse
from pathlib import Path

from pipeline.stages import folders

HELP = "make a Switch model from a dense checkpoint: every expert starts as a copy"
EXAMPLES = """\
mswitch upcycle --checkpoint runs/sample/dense/checkpoint_last.pt --experts 8 --output runs/upcycled
mswitch upcycle --checkpoint runs/a/checkpoint_last.pt --experts 32 --sparse-every 1 --output b"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
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
    add("--seed", type=int, default=1, metavar="N", help="of the routers (default: %(default)s)")
    add("--json", type=Path, metavar="FILE", help="write what is said as data to FILE too")


def run(arguments: argparse.Namespace, extra: list[str]) -> None:
    """Upcycle; a second time it only says what is there. Raises InputError, see upcycle_model."""
    from pipeline.training.convert import told, upcycle_model

    settings = {name: getattr(arguments, name) for name in ("experts", "sparse_every", "seed")}
    summary = upcycle_model(arguments.checkpoint, arguments.output, **settings)
    print(told(summary, arguments.output))
    if arguments.json:
        folders.write_json(arguments.json, summary)
