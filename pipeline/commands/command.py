"""A command of `mswitch`, and what many commands have in common."""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Command:
    """A command: its texts, its options and its work."""

    help: str  # one line
    examples: str  # commands that run, a line each
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, list[str]], None]  # options that only Beam knows come second
    accepts_extra: bool = False  # whether there may be such options


def add_json(parser: argparse.ArgumentParser, content: str) -> None:
    """Add `--json FILE`; `content` says what the file will hold."""
    parser.add_argument("--json", type=Path, metavar="FILE", help=f"write {content} to FILE")


def write_json(arguments: argparse.Namespace, content: Mapping[str, Any]) -> None:
    """Write the content to the file of `--json`, if it was given."""
    if arguments.json:
        from pipeline.stages import folders

        folders.write_json(arguments.json, content)
