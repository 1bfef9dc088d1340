"""`mswitch sample`: a smaller or more balanced corpus from a corpus folder."""

import argparse
from pathlib import Path

from pipeline.commands.command import Command, add_json, write_json
from pipeline.prepare.config import SampleConfig
from pipeline.stages import options


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--corpus", type=Path, required=True, help="output folder of mswitch corpus")
    add("--output", type=Path, required=True, help="folder to make")
    add("--tokenizer", type=Path, help="folder of the tokenizer that counts tokens")
    text = "processes on this machine; 0: one a core (default: 1)"
    add("--workers", type=options.whole_number, default=1, help=text)
    add_json(parser, "the mixture")
    defaults = SampleConfig()
    options.add_method(parser, defaults.method, "languages")
    options.add(parser, defaults)


def _run(arguments: argparse.Namespace, extra: list[str]) -> None:
    """Make the sample and print its languages; options in `extra` go to Beam."""
    from pipeline.prepare import mixture_table
    from pipeline.stages.quiet import quiet_logs

    with quiet_logs():
        from pipeline.prepare.resample import sample  # Beam takes two seconds to import

    mixture = sample(
        arguments.corpus,
        arguments.output,
        options.read(arguments, SampleConfig),
        arguments.tokenizer,
        arguments.workers,
        extra,
    )
    print(mixture_table.text(mixture))
    write_json(arguments, mixture)


COMMANDS = {
    "sample": Command(
        "draw documents of a corpus by language rates, to a budget: a corpus of the same layout",
        """
mswitch sample --corpus runs/sample/corpus --output runs/even --alpha 0.3 --budget 20_000_000
mswitch sample --corpus runs/sample/corpus --output runs/few --alpha 1 --budget 1000 \\
    --budget-unit documents
mswitch sample --corpus runs/sample/corpus --output runs/unimax --unimax --max-epochs 2 \\
    --unit tokens --budget-unit tokens --budget 5_000_000 --tokenizer runs/sample/tokenizer
""",
        _add_arguments,
        _run,
        accepts_extra=True,
    )
}
