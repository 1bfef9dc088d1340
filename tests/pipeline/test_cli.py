import argparse
import dataclasses
import errno
import shlex
import subprocess
import sys

import pytest

from langs.errors import InputError
from pipeline import cli
from pipeline.commands.command import Command


class StandIn:
    """A command whose run can be set."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, list[str]]] = []
        self.error: BaseException | None = None
        self.accepts_extra = False

    def command(self, name: str) -> Command:
        help, examples = (
            "does what the test says",
            "mswitch languages --number 3\nmswitch languages",
        )
        return Command(help, examples, self.add_arguments, self.run, self.accepts_extra)

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--number", type=int, default=1)

    def run(self, arguments: argparse.Namespace, extra: list[str]) -> None:
        if self.error:
            raise self.error
        self.seen.append((arguments.number, extra))


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    stand_in = StandIn()
    monkeypatch.setattr(cli, "load", stand_in.command)
    return stand_in


def test_options_reach_the_command(command: StandIn) -> None:
    assert cli.main(["languages", "--number", "3"]) == 0
    assert command.seen == [(3, [])]


def test_unknown_options_are_for_commands_that_take_them(
    command: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["languages", "--runner=FlinkRunner"]) == 2
    assert "unknown option --runner=FlinkRunner" in capsys.readouterr().err
    command.accepts_extra = True
    assert cli.main(["languages", "--runner=FlinkRunner"]) == 0
    assert command.seen == [(1, ["--runner=FlinkRunner"])]


@pytest.mark.parametrize(
    "argv",
    [
        ["a.yaml", "b=1", "c=2", "--jobs", "3"],
        ["--jobs", "3", "a.yaml", "b=1", "c=2"],
        ["a.yaml", "b=1", "--jobs", "3", "c=2"],
        ["a.yaml", "--jobs=3", "b=1", "c=2"],
    ],
)
def test_options_may_stand_anywhere_among_words(
    argv: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    command = dataclasses.replace(cli.load("run"), run=lambda *given: seen.append(given))
    monkeypatch.setattr(cli, "load", lambda name: command)
    assert cli.main(["run", *argv]) == 0
    [(given, extra)] = seen
    assert (str(given.config), given.overrides, given.jobs, extra) == (
        "a.yaml", ["b=1", "c=2"], 3, [],
    )  # fmt: skip


@pytest.mark.parametrize("argv", [["--zzz"], ["a.yaml", "--jobs", "3", "b=1", "--zzz"]])
def test_an_unknown_option_among_words_is_named(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", "a.yaml", *argv]) == 2
    assert "unknown option --zzz" in capsys.readouterr().err


def test_options_are_not_abbreviated(command: StandIn) -> None:
    assert cli.main(["languages", "--num", "3"]) == 2
    assert command.seen == []


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["langauges"], "did you mean 'languages'?"),
        (["zzz"], "see mswitch --help"),
        (["languages", "--number", "three"], "invalid int value: 'three'; see mswitch languages"),
    ],
)
def test_mistakes_are_one_line(
    command: StandIn, capsys: pytest.CaptureFixture[str], argv: list[str], said: str
) -> None:
    assert cli.main(argv) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith("error: ")
    assert said in shown.err
    assert shown.err.count("\n") == 1
    assert shown.out == ""


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (InputError("no pages in x"), "error: no pages in x\n"),
        (
            PermissionError(errno.EACCES, "Permission denied", "/root/x"),
            "error: /root/x: permission denied; change its permissions, or choose another path\n",
        ),
    ],
)
def test_errors_of_the_user_end_in_one_line_and_code_2(
    command: StandIn, capsys: pytest.CaptureFixture[str], error: Exception, line: str
) -> None:
    command.error = error
    assert cli.main(["languages"]) == 2
    assert capsys.readouterr().err == line


def test_faults_of_ours_keep_their_traceback(command: StandIn) -> None:
    command.error = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        cli.main(["languages"])


def test_an_interrupt_is_one_line_and_130(
    command: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    command.error = KeyboardInterrupt()
    assert cli.main(["languages"]) == 130
    assert capsys.readouterr().err.count("\n") == 1


def test_help_ends_in_the_examples(command: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["languages", "--help"])
    assert caught.value.code == 0
    assert capsys.readouterr().out.endswith(
        "examples:\n  mswitch languages --number 3\n  mswitch languages\n"
    )


def test_overview_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    assert cli.main([]) == 0
    shown = capsys.readouterr().out
    assert all(f"\n  {name} " in shown for name in cli.COMMANDS)


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_examples_of_a_command_are_understood(name: str) -> None:
    command = cli.load(name)
    lines = command.examples.replace("\\\n", " ").strip().splitlines()
    assert lines
    for line in lines:
        program, *words = shlex.split(line)
        called, options = cli.named(words)
        assert (program, called) == ("mswitch", name)
        _, extra = cli.parser(name, command).parse_known_args(options)
        assert not extra or command.accepts_extra


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from pipeline.cli import main; main(['--help']);"
        "heavy = {'torch', 'fairseq', 'apache_beam', 'matplotlib', 'sentencepiece', 'omegaconf'};"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"


def test_a_closed_pipe_is_no_error() -> None:
    job = f"{shlex.quote(sys.executable)} -m pipeline.cli languages | head -n 1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", job], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
