"""`mswitch corpus limits`: the least probability of each language, as FineWeb-2 sets it."""

import argparse
from pathlib import Path

HELP = "limits by language from a corpus made without them, for --language-limits"
EXAMPLES = """
mswitch corpus limits --corpus runs/sample/corpus --output limits.yaml --min-pages 10
mswitch corpus limits --corpus runs/all/corpus --output limits.yaml
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--corpus",
        type=Path,
        required=True,
        help="a finished corpus folder, made with --min-language-probability 0",
    )
    parser.add_argument("--output", type=Path, required=True, help="YAML file to write")
    parser.add_argument(
        "--min-pages", type=int, default=100, help="languages with fewer get no limit (100)"
    )


def run(arguments: argparse.Namespace, extra: list[str]) -> None:
    """Write the file and print the limits. Raises InputError for a corpus that is not finished."""
    from pipeline.corpus.statistics import probability_limits
    from pipeline.stages import folders

    limits = probability_limits.limits_of(arguments.corpus, arguments.min_pages)
    folders.write_text(arguments.output, probability_limits.to_yaml(limits, arguments.corpus))
    for code, row in limits.items():
        print(f"{code:8} {row['min_language_probability']:.4f}")
