"""`mswitch <command>`: finds the command's module, parses its options, turns errors into one line.

A command is a module of `pipeline.commands` (`corpus inspect` is in `corpus_inspect`) with HELP
(one line), EXAMPLES (commands that run), `add_arguments(parser)` and `run(arguments, extra)`;
`extra` holds options that only Beam knows, and a module that takes them says ACCEPTS_EXTRA = True.
The modules import torch, Beam and the like inside functions, so that `--help` and skipped stages
answer at once.
"""

import argparse
import difflib
import importlib
import keyword
import os
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import NoReturn

from langs.errors import InputError
from pipeline.stages import errors

COMMANDS = (
    "corpus",
    "corpus inspect",
    "corpus limits",
    "sample",
    "prepare",
    "bitext",
    "pretrain",
    "finetune",
    "evaluate",
    "translate",
    "score",
    "import",
    "export",
    "upcycle",
    "distill",
    "distill translation",
    "distill translation ablation",
    "distill ablation",
    "describe",
    "languages",
    "run",
)
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
    try:
        _run(list(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("interrupted; the same command continues or starts afresh", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output (such as `head`) has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        line = errors.message(error)
        if line is None:
            raise
        print(f"error: {line}", file=sys.stderr)
        return 2
    return 0


def _run(argv: list[str]) -> None:
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(_overview())
        return
    name, options = named(argv)
    if name not in COMMANDS:
        raise InputError(f"there is no command {name!r}{_close(name)}; see mswitch --help")
    command = _load(name)
    arguments, extra = parser(name, command).parse_known_args(options)
    if extra and not getattr(command, "ACCEPTS_EXTRA", False):
        raise InputError(f"unknown option {extra[0]}; see mswitch {name} --help")
    command.run(arguments, extra)


def named(argv: list[str]) -> tuple[str, list[str]]:
    """The command's name, which may be up to three words, and the options behind it."""
    words = next((n for n in (3, 2) if " ".join(argv[:n]) in COMMANDS), 1)
    return " ".join(argv[:words]), argv[words:]


def parser(name: str, command: ModuleType) -> argparse.ArgumentParser:
    """The option parser of a command; its help ends in the command's examples."""
    options = _Parser(
        prog=f"mswitch {name}",
        description=command.HELP,
        epilog="examples:\n"
        + "\n".join(f"  {line}" for line in command.EXAMPLES.strip().split("\n")),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_arguments(options)
    return options


def _load(name: str) -> ModuleType:
    module = name.replace(" ", "_")
    if keyword.iskeyword(module):
        module += "_"
    return importlib.import_module(f"pipeline.commands.{module}")


def _overview() -> str:
    lines = [f"  {name:<30}{_load(name).HELP}" for name in COMMANDS]
    usage = (
        "usage: mswitch COMMAND [options]      (mswitch COMMAND --help: its options, with examples)"
    )
    return "\n".join([ABOUT, "", usage, "", "commands:", *lines])


def _close(name: str) -> str:
    close = difflib.get_close_matches(name, COMMANDS, n=1)
    return f", did you mean {close[0]!r}?" if close else ""


if __name__ == "__main__":
    sys.exit(main())
