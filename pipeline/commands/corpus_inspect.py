"""`mswitch corpus inspect`: look at documents, and at what a rule removed."""

import argparse
import json
from pathlib import Path

HELP = "look at documents of a corpus, and at what a rule removed and why"
EXAMPLES = """
mswitch corpus inspect --corpus runs/sample/corpus
mswitch corpus inspect --corpus runs/sample/corpus --language sw --limit 3
mswitch corpus inspect --corpus runs/sample/corpus --rule bad_words --language en
mswitch corpus inspect --corpus runs/sample/corpus --rule lines --characters 120
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--corpus", type=Path, required=True, help="a finished corpus folder")
    parser.add_argument("--language", metavar="CODE", help="only this language")
    parser.add_argument(
        "--rule", metavar="NAME", help="a filter or a reason of the funnel, or lines or a line rule"
    )
    parser.add_argument("--limit", type=int, default=5, help="how many to show (5)")
    parser.add_argument(
        "--characters", type=int, default=400, help="characters of each text to show (400)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the same as data to FILE")


def run(arguments: argparse.Namespace, extra: list[str]) -> None:
    """Print documents or removed pages. Raises InputError for names that the corpus has not."""
    from pipeline.corpus.statistics import inspection

    corpus, language, limit = arguments.corpus, arguments.language, arguments.limit
    found = inspection.look(corpus, language, arguments.rule, limit)
    print(inspection.describe(found, arguments.rule, arguments.characters))
    if arguments.json:
        text = json.dumps({"found": found}, ensure_ascii=False, indent=1)
        arguments.json.write_text(text + "\n", encoding="utf-8")
