"""`mswitch corpus`, `corpus inspect` and `corpus limits`: web text to documents."""

import argparse
from pathlib import Path

from langs.errors import InputError
from pipeline.commands.command import Command, add_json, write_json
from pipeline.corpus.config import PRESETS, preset
from pipeline.stages import options


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--input",
        nargs="+",
        required=True,
        metavar="GLOB",
        help="files or folders: WET, WARC, JSON, Parquet, text, packed or in archives; lists of "
        "paths (x.paths, x.paths.gz)",
    )
    add("--output", type=Path, required=True, help="folder to make")
    add(
        "--preset",
        choices=list(PRESETS),
        default="mc4",
        help="settings to start from. mc4: as published; c4: with all of C4's rules; modern: with "
        "rules that came after mC4; sample: for short pages",
    )
    options.add_workers(parser)
    add("--dry-run", action="store_true", help="say how much there is to do; write nothing")
    add_json(parser, "the statistics")
    group = parser.add_argument_group(
        "settings in place of the preset's", "in brackets the values of " + " / ".join(PRESETS)
    )
    options.add_changes(group, PRESETS)
    parser.epilog = f"{parser.epilog}\n\nother options go to Beam, such as --runner=FlinkRunner"


def _run(arguments: argparse.Namespace, extra: list[str]) -> None:
    """Make the corpus folder and print its funnel; options in `extra` go to Beam.

    Raises InputError at the end if an input file gave no page, and as `make_corpus`.
    """
    from pipeline.corpus.job import make_corpus
    from pipeline.corpus.rehearsal import rehearse
    from pipeline.corpus.statistics.funnel import describe

    config = options.changed(arguments, preset(arguments.preset))
    job = (arguments.input, arguments.output, config, arguments.workers, extra)
    if arguments.dry_run:
        print(rehearse(*job))
        return
    content = make_corpus(*job)
    print(describe(content))
    write_json(arguments, content)
    if files := len(content.get("files_without_pages", ())):
        raise InputError(
            f"{files} of the input files gave no page, see above; {arguments.output} is complete "
            "without them"
        )


def _add_inspect_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--corpus", type=Path, required=True, help="a finished corpus folder")
    add("--language", metavar="CODE", help="only this language")
    add(
        "--rule", metavar="NAME", help="a filter or a reason of the funnel, or lines or a line rule"
    )
    add("--limit", type=int, default=5, help="how many to show (5)")
    add("--characters", type=int, default=400, help="characters of each text to show (400)")
    add_json(parser, "the same as data")


def _run_inspect(arguments: argparse.Namespace, extra: list[str]) -> None:
    """Print documents or removed pages. Raises InputError for names that the corpus lacks."""
    from pipeline.corpus.statistics import inspection

    rows = inspection.look(arguments.corpus, arguments.language, arguments.rule, arguments.limit)
    print(inspection.describe(rows, arguments.rule, arguments.characters))
    write_json(arguments, {"found": rows})


def _add_limits_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--corpus",
        type=Path,
        required=True,
        help="a finished corpus folder, made with --min-language-probability 0",
    )
    add("--output", type=Path, required=True, help="YAML file to write")
    add("--min-pages", type=int, default=100, help="languages with fewer get no limit (100)")


def _run_limits(arguments: argparse.Namespace, extra: list[str]) -> None:
    """Write the file and print the limits. Raises InputError for a corpus that is not finished."""
    from pipeline.corpus.statistics import probability_limits
    from pipeline.stages import folders

    limits = probability_limits.limits_of(arguments.corpus, arguments.min_pages)
    folders.write_text(arguments.output, probability_limits.to_yaml(limits, arguments.corpus))
    for code, row in limits.items():
        print(f"{code:8} {row['min_language_probability']:.4f}")


COMMANDS = {
    "corpus": Command(
        "clean web text as mC4 did: documents of each language, with the funnel",
        """
mswitch corpus --input 'pipeline/sample/wet/*.wet.gz' --output runs/sample/corpus --preset sample
mswitch corpus --input 'crawl/*.warc.wet.gz' --output runs/mc4/corpus --preset mc4 --workers 8
mswitch corpus --input 'crawl/*.warc.wet.gz' --output runs/mc4/corpus --dry-run
mswitch corpus --input wet.paths.gz --paths-prefix crawl --output runs/mc4/corpus
mswitch corpus --input page.warc.wet.gz --output runs/one --preset sample \\
    --min-pages-per-language 1 --no-drop-curly-bracket-pages --json one.json
mswitch corpus --input 'crawl/*.warc.wet.gz' --output runs/modern/corpus --preset modern \\
    --blocked-address-files adult/domains --evaluation-files flores/*.tsv
""",
        _add_arguments,
        _run,
        accepts_extra=True,
    ),
    "corpus inspect": Command(
        "look at documents of a corpus, and at what a rule removed and why",
        """
mswitch corpus inspect --corpus runs/sample/corpus
mswitch corpus inspect --corpus runs/sample/corpus --language sw --limit 3
mswitch corpus inspect --corpus runs/sample/corpus --rule bad_words --language en
mswitch corpus inspect --corpus runs/sample/corpus --rule lines --characters 120
""",
        _add_inspect_arguments,
        _run_inspect,
    ),
    "corpus limits": Command(
        "limits by language from a corpus made without them, for --language-limits",
        """
mswitch corpus limits --corpus runs/sample/corpus --output limits.yaml --min-pages 10
mswitch corpus limits --corpus runs/all/corpus --output limits.yaml
""",
        _add_limits_arguments,
        _run_limits,
    ),
}
