"""`mswitch corpus`: web text in, cleaned documents by language out."""

import argparse
import dataclasses
import json
from pathlib import Path

from pipeline.corpus.config import PRESETS, CorpusConfig, preset

HELP = "clean web text as mC4 did: documents of each language, with the funnel"
EXAMPLES = """
mswitch corpus --input 'pipeline/sample/wet/*.wet.gz' --output runs/sample/corpus --preset sample
mswitch corpus --input 'crawl/*.warc.wet.gz' --output runs/mc4/corpus --preset mc4 --workers 8
mswitch corpus --input 'crawl/*.warc.wet.gz' --output runs/mc4/corpus --dry-run
mswitch corpus --input wet.paths.gz --paths-prefix crawl --output runs/mc4/corpus
mswitch corpus --input page.warc.wet.gz --output runs/one --preset sample \\
    --min-pages-per-language 1 --no-drop-curly-bracket-pages --json one.json
mswitch corpus --input 'crawl/*.warc.wet.gz' --output runs/modern/corpus --preset modern \\
    --blocked-address-files adult/domains --evaluation-files flores/*.tsv
"""
ACCEPTS_EXTRA = True

# What the lists among the settings hold, if not files.
_LISTS: dict[str, tuple[type, str]] = {
    "languages": (str, "CODE"),
    "max_top_run_shares": (float, "N"),
    "max_duplicate_run_shares": (float, "N"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options; those of the configuration have its names, and the preset's values."""
    parser.add_argument(
        "--input",
        nargs="+",
        required=True,
        metavar="GLOB",
        help="WET, WARC, JSON lines or Parquet files; lists of paths (x.paths, x.paths.gz)",
    )
    parser.add_argument("--output", type=Path, required=True, help="folder to make")
    parser.add_argument(
        "--preset",
        choices=list(PRESETS),
        default="mc4",
        help="mc4: as published; c4: with all of C4's rules; modern: with what came after mC4; "
        "sample: for short pages",
    )
    parser.add_argument(
        "--workers", type=int, default=0, help="processes on this machine (0: by the input's size)"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would be done and how long; write nothing"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the statistics to FILE")
    group = parser.add_argument_group(
        "settings in place of the preset's", "docs/corpus.md says what each does"
    )
    for field in dataclasses.fields(CorpusConfig):
        _add_setting(group, field.name)
    parser.epilog = f"{parser.epilog}\n\nother options go to Beam, such as --runner=FlinkRunner"


def _add_setting(group: argparse._ArgumentGroup, name: str) -> None:
    option = "--" + name.replace("_", "-")
    values = [getattr(settings, name) for settings in PRESETS.values()]
    text = " / ".join(map(str, values)) if len(set(map(str, values))) > 1 else str(values[0])
    if isinstance(values[0], bool):
        group.add_argument(option, action=argparse.BooleanOptionalAction, help=text)
    elif isinstance(values[0], list):
        kind, metavar = _LISTS.get(name, (str, "FILE"))
        text = "default: all of mC4's" if metavar == "CODE" else text
        group.add_argument(option, nargs="+", type=kind, metavar=metavar, help=text)
    else:
        metavar = "NAME" if isinstance(values[0], str) else "N"
        group.add_argument(option, type=type(values[0]), metavar=metavar, help=text)


def run(arguments: argparse.Namespace, extra: list[str]) -> None:
    """Make the corpus folder and print its funnel; options in `extra` go to Beam."""
    from pipeline.corpus.job import make_corpus
    from pipeline.corpus.rehearsal import rehearse
    from pipeline.corpus.statistics.counts import describe

    given = {
        field.name: value
        for field in dataclasses.fields(CorpusConfig)
        if (value := getattr(arguments, field.name)) is not None
    }
    config = dataclasses.replace(preset(arguments.preset), **given)
    if arguments.dry_run:
        print(rehearse(arguments.input, arguments.output, config, arguments.workers, extra))
        return
    content = make_corpus(arguments.input, arguments.output, config, arguments.workers, extra)
    print(describe(content))
    if arguments.json:
        text = json.dumps(content, ensure_ascii=False, indent=1)
        arguments.json.write_text(text + "\n", encoding="utf-8")
