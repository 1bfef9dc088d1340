"""`mswitch <command>`: finds the command, parses its options, turns errors into one line.

A module of `pipeline.commands` holds the commands of one family: `COMMANDS`, a `Command` by name.
The modules import torch, Beam and the like inside functions, so that `--help` and skipped stages
answer at once.
"""

import argparse
import difflib
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from langs.errors import InputError
from pipeline.commands.command import Command
from pipeline.stages import error_lines

COMMANDS = {
    "corpus": "corpus",
    "corpus inspect": "corpus",
    "corpus limits": "corpus",
    "sample": "sample",
    "prepare": "prepare",
    "bitext": "bitext",
    "pretrain": "pretrain",
    "finetune": "finetune",
    "evaluate": "evaluate",
    "translate": "translate",
    "score": "score",
    "import": "convert",
    "export": "convert",
    "upcycle": "convert",
    "distill": "distill",
    "distill translation": "distill",
    "distill translation ablation": "distill",
    "distill ablation": "distill",
    "describe": "describe",
    "languages": "languages",
    "run": "run",
}
"""The commands in the order of the help, and the modules of `pipeline.commands` they are in."""

ABOUT = (
    "mSwitch: web text in, and out comes a report that says for each language how much sooner\n"
    "a sparse Switch Transformer learns than a dense model of the same cost."
)


class _Parser(argparse.ArgumentParser):
    """argparse, but a mistake is an InputError instead of a usage text and an exit."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message}; see {self.prog} --help")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code: 0, 2 (the user must act) or 130 (interrupted)."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # a thread that waits leaves its core
    return error_lines.exit_code(lambda: _run(list(sys.argv[1:] if argv is None else argv)))


def _run(argv: list[str]) -> None:
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(_overview())
        return
    name, options = named(argv)
    if name not in COMMANDS:
        raise InputError(f"there is no command {name!r}{_close(name)}; see mswitch --help")
    command = load(name)
    arguments, extra = parser(name, command).parse_known_args(options)
    if extra and not command.accepts_extra and "--" not in options:
        # again, with words behind an option taken too; argparse cannot do that beside a "--"
        arguments, extra = parser(name, command).parse_known_intermixed_args(options)
    if extra and not command.accepts_extra:
        raise InputError(f"unknown option {extra[0]}; see mswitch {name} --help")
    command.run(arguments, extra)


def named(argv: list[str]) -> tuple[str, list[str]]:
    """The command's name, which may be up to three words, and the options behind it."""
    words = next((n for n in (3, 2) if " ".join(argv[:n]) in COMMANDS), 1)
    return " ".join(argv[:words]), argv[words:]


def parser(name: str, command: Command) -> argparse.ArgumentParser:
    """The option parser of a command; its help ends in the command's examples."""
    options = _Parser(
        prog=f"mswitch {name}",
        description=command.help,
        epilog="examples:\n"
        + "\n".join(f"  {line}" for line in command.examples.strip().split("\n")),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_arguments(options)
    return options


def load(name: str) -> Command:
    """The command called `name`, one of COMMANDS; imports its module."""
    module = importlib.import_module(f"pipeline.commands.{COMMANDS[name]}")
    command: Command = module.COMMANDS[name]
    return command


def _overview() -> str:
    lines = [f"  {name:<30}{load(name).help}" for name in COMMANDS]
    usage = (
        "usage: mswitch COMMAND [options]      (mswitch COMMAND --help: its options, with examples)"
    )
    return "\n".join([ABOUT, "", usage, "", "commands:", *lines])


def _close(name: str) -> str:
    close = difflib.get_close_matches(name, COMMANDS, n=1)
    return f", did you mean {close[0]!r}?" if close else ""


if __name__ == "__main__":
    sys.exit(main())
