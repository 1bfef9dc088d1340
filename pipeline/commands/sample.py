"""`mswitch sample`: a smaller or more balanced corpus from a corpus folder."""

import argparse
from dataclasses import fields
from pathlib import Path

from pipeline.prepare.config import SampleConfig

HELP = "draw documents of a corpus by language rates, to a budget: a corpus of the same layout"
EXAMPLES = """
mswitch sample --corpus runs/sample/corpus --output runs/even --alpha 0.3 --budget 20_000_000
mswitch sample --corpus runs/sample/corpus --output runs/few --alpha 1 --budget 1000 \\
    --budget-unit documents
mswitch sample --corpus runs/sample/corpus --output runs/unimax --unimax --max-epochs 2 \\
    --unit tokens --budget-unit tokens --budget 5_000_000 --tokenizer runs/sample/tokenizer
"""
ACCEPTS_EXTRA = True
_DEFAULTS = SampleConfig()
_UNITS = ("documents", "tokens", "bytes")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options; those of the configuration have its names and defaults."""
    add = parser.add_argument
    add("--corpus", type=Path, required=True, help="output folder of mswitch corpus")
    add("--output", type=Path, required=True, help="folder to make")
    add("--tokenizer", type=Path, help="folder of the tokenizer that counts tokens")
    add("--workers", type=int, default=1, help="processes on this machine (default: 1)")
    add("--json", type=Path, metavar="FILE", help="write the mixture to FILE")
    add(
        "--unimax",
        dest="method",
        action="store_const",
        const="unimax",
        default=_DEFAULTS.method,
        help="mix by UniMax instead of by temperature",
    )
    for name, kind, text in (
        ("alpha", float, "rates go with size ** alpha (by temperature)"),
        ("max_epochs", float, "most copies of one language (by UniMax)"),
        ("budget", int, "size of the sample; 0: that of the corpus"),
        ("seed", int, "of the choice of documents"),
    ):
        default = getattr(_DEFAULTS, name)
        option = "--" + name.replace("_", "-")
        add(option, type=kind, default=default, metavar="N", help=f"{text} (default: {default})")
    for name, text in (("unit", "what sizes count"), ("budget_unit", "what the budget counts")):
        default = getattr(_DEFAULTS, name)
        option = "--" + name.replace("_", "-")
        add(option, choices=_UNITS, default=default, help=f"{text} (default: {default})")


def run(arguments: argparse.Namespace, extra: list[str]) -> None:
    """Make the sample and print its languages; options in `extra` go to Beam."""
    from pipeline.prepare import mixture_table
    from pipeline.stages import folders
    from pipeline.stages.quiet import quiet_logs

    with quiet_logs():
        from pipeline.prepare.resample import sample  # Beam takes two seconds to import

    config = SampleConfig(**{f.name: getattr(arguments, f.name) for f in fields(SampleConfig)})
    mixture = sample(
        arguments.corpus,
        arguments.output,
        config,
        arguments.tokenizer,
        arguments.workers,
        extra,
    )
    print(mixture_table.text(mixture))
    if arguments.json:
        folders.write_json(arguments.json, mixture)
