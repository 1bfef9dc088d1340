"""What a run shows, of stages that only pretend to work."""

import io
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console

from pipeline.run import display
from pipeline.run.step import Step


@dataclass(eq=False)
class StandIn:
    """A stage as far as a display looks at it."""

    step: Step
    seconds: float = 0.0
    made: bool = False


def stages() -> list[StandIn]:
    return [
        StandIn(Step(name, f"{name}: pretrain", Path("run") / name, (), lambda: None))
        for name in ("dense", "switch")
    ]


def show(shown: display.PlainLines, first: StandIn, second: StandIn) -> None:
    """Two stages go on; the second ends, with a result, then the first, without one."""
    with shown:
        for stage in (first, second):
            shown.begin(stage)  # type: ignore[arg-type]
        shown.tell(first, "dense  step 20/500")  # type: ignore[arg-type]
        shown.tell(second, "a [bold]line[/bold] \x1b[2Jwith signs\x07")  # type: ignore[arg-type]
        shown.draw()
        second.seconds, second.made = 184.0, True
        shown.end(second)  # type: ignore[arg-type]
        shown.tell(first, "dense: run/dense is complete, nothing to do")  # type: ignore[arg-type]
        shown.draw()
        shown.end(first)  # type: ignore[arg-type]
        shown.draw()


def test_plain_lines_say_all_that_stages_say_behind_their_place(
    capsys: pytest.CaptureFixture[str],
) -> None:
    first, second = stages()
    show(display.display([first.step, second.step]), first, second)
    shown = capsys.readouterr()
    assert shown.err.splitlines() == [
        "[1/2] dense: pretrain",
        "[2/2] switch: pretrain",
        "[1/2] dense  step 20/500",
        "[2/2] a [bold]line[/bold] \x1b[2Jwith signs\x07",
        "[2/2] done in 3 min 4 s: run/switch",
        "[1/2] dense: run/dense is complete, nothing to do",
    ]
    assert shown.out == ""


def drawn(width: int) -> list[str]:
    """The lines on a terminal so wide, a new one wherever the display writes over one."""
    first, second = stages()
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=width, height=20, highlight=False)
    show(display.LiveLines([first.step, second.step], console), first, second)
    assert "\x1b[2J" not in file.getvalue()
    assert "\x07" not in file.getvalue()
    plain = re.sub(r"\x1b\[[0-9?]*[A-Za-z]", "", file.getvalue())
    return [" ".join(line.split()) for line in re.split(r"[\r\n]+", plain) if line.strip()]


def test_a_terminal_has_a_line_for_each_stage_that_goes_on() -> None:
    lines = drawn(100)
    assert lines[:2] == [
        "[1/2] dense: pretrain dense step 20/500 0 s",
        "[2/2] switch: pretrain a [bold]line[/bold] with signs 0 s",
    ]
    assert "[2/2] done in 3 min 4 s: run/switch" in lines
    assert lines[-1].startswith("[1/2] dense")
    assert "[1/2] dense: run/dense is complete, nothing to do" in lines


def test_lines_are_cut_at_the_width_of_the_terminal() -> None:
    going = [line for line in drawn(40) if line.endswith(" 0 s")]
    assert all(len(line) <= 40 for line in going)
    assert any("…" in line for line in going)
