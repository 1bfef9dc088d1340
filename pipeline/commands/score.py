"""`mswitch score`: how good translations are, and whether one system is better than another."""

import argparse
from pathlib import Path

from langs.errors import InputError
from pipeline.commands.command import Command, add_json, write_json


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--hypotheses",
        nargs="+",
        metavar="[NAME=]FILE",
        help="translations, one a line; a file a system",
    )
    add(
        "--systems",
        nargs="+",
        metavar="[NAME=]DIR",
        help="many directions: a folder a system with <source>-<target>.txt",
    )
    add(
        "--references",
        type=Path,
        nargs="+",
        required=True,
        metavar="PATH",
        help="right translations: a file for --hypotheses; for --systems a folder of mswitch "
        "bitext, or one with <source>-<target>.txt or <a>-<b>.tsv; several: each line has several",
    )
    add("--sources", type=Path, metavar="FILE", help="what was translated: shown with the examples")
    add("--source", metavar="CODE", help="language that was translated, mC4's code")
    add("--target", metavar="CODE", help="language that it was translated into, mC4's code")
    add("--split", default="test", help="of a folder of mswitch bitext (test)")
    add(
        "--baseline",
        metavar="[NAME=]PATH",
        help="the system that the others are held against (the first)",
    )
    add("--identifier", metavar="MODULE:FUNCTION", help="another language identifier than cld3")
    add("--output", type=Path, metavar="DIR", help="folder for the page, tables and score.json")
    add_json(parser, "the scores as data")


def _run(arguments: argparse.Namespace, extra: list[str]) -> None:
    """Score, print the tables, and write them where asked. Raises InputError for bad input."""
    from langs.identify import CLD3
    from pipeline.report.scores.tables import screen_text
    from pipeline.translation.score import job, system_files

    check(arguments)
    given = arguments.hypotheses or arguments.systems
    systems, baseline = system_files.with_baseline(given, arguments.baseline)
    if arguments.hypotheses:
        codes = (arguments.source, arguments.target)
        paths = (arguments.references, arguments.sources)
        direction = system_files.one_direction(systems, *paths, *codes)
        files, left_out = [direction], dict[str, str]()
    else:
        files, left_out = system_files.many_directions(
            systems, arguments.references, arguments.split
        )
    identifier = arguments.identifier or CLD3
    if arguments.output:
        report = job.score_into(arguments.output, files, left_out, baseline, identifier)
    else:
        report = job.score(files, left_out, baseline, identifier)
    print(screen_text(report))
    write_json(arguments, report.to_json())


def check(arguments: argparse.Namespace) -> None:
    """Raises InputError unless it is --hypotheses with --target, or --systems."""
    if bool(arguments.hypotheses) == bool(arguments.systems):
        raise InputError(
            "give --hypotheses FILE and --target CODE, or --systems DIR for many directions"
        )
    if arguments.hypotheses and not arguments.target:
        raise InputError(
            "give --target CODE: the tokenizer of BLEU depends on it; see mswitch languages"
        )
    single = {
        "--sources": arguments.sources,
        "--source": arguments.source,
        "--target": arguments.target,
    }
    if arguments.systems and (wrong := [name for name, value in single.items() if value]):
        raise InputError(
            f"{wrong[0]} goes with --hypotheses; of --systems the files' names tell the directions"
        )


COMMANDS = {
    "score": Command(
        "score translations by BLEU, chrF and chrF++, and compare systems by paired bootstrap",
        """\
mswitch score --hypotheses out.txt --references fr.txt --source en --target fr
mswitch score --hypotheses dense.txt switch.txt --references fr.txt --target fr --output scores
mswitch score --systems out/dense out/switch --references runs/bitext --output scores""",
        _add_arguments,
        _run,
    )
}
