"""How a run shows its stages: plain lines, or on a terminal a line for each that goes on."""

import os
import sys
from collections.abc import Collection
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from pipeline.run.stage import Stage
from pipeline.run.step import Step, duration
from pipeline.stages.progress import say


class PlainLines:
    """Every line of every stage, behind the stage's place in the run."""

    def __init__(self, steps: Collection[Step]) -> None:
        self._places = {
            step.name: f"[{number}/{len(steps)}]" for number, step in enumerate(steps, 1)
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass

    def begin(self, stage: Stage) -> None:
        """A stage has begun."""
        self._say(stage, stage.step.title)

    def tell(self, stage: Stage, line: str) -> None:
        """A stage has said a line."""
        self._say(stage, line)

    def end(self, stage: Stage) -> None:
        """A stage has ended well."""
        if stage.made:
            self._say(stage, f"done in {duration(stage.seconds)}: {stage.step.folder}")

    def draw(self) -> None:
        """Bring up to date what changes with time."""

    def _say(self, stage: Stage, text: str) -> None:
        say(f"{self._places[stage.step.name]} {text}")


class LiveLines(PlainLines):
    """On a terminal: a line for each stage that goes on, below those that have ended.

    A line has the stage's title, the last line that it has said, and how long it has gone on.
    """

    def __init__(self, steps: Collection[Step], console: Console) -> None:
        super().__init__(steps)
        self._last: dict[Stage, str] = {}
        self._drawn: list[tuple[str, str, str]] = []
        # No thread that draws: processes are started by a fork, which takes no threads along.
        self._live = Live(console=console, auto_refresh=False, transient=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def begin(self, stage: Stage) -> None:
        """A stage has begun."""
        self._last[stage] = ""

    def tell(self, stage: Stage, line: str) -> None:
        """A stage has said a line."""
        self._last[stage] = Text.from_ansi(line).plain

    def end(self, stage: Stage) -> None:
        """A stage has ended well; without a new result its last line says so."""
        last = self._last.pop(stage)
        if stage.made:
            super().end(stage)
        elif last:
            self._say(stage, last)

    def draw(self) -> None:
        """Draw the lines of the stages that go on, if any has changed."""
        rows = [
            (f"{self._places[stage.step.name]} {stage.step.title}", last, duration(stage.seconds))
            for stage, last in self._last.items()
        ]
        if rows != self._drawn:
            self._live.update(_grid(rows), refresh=True)
            self._drawn = rows

    def _say(self, stage: Stage, text: str) -> None:
        line = Text(f"{self._places[stage.step.name]} {text}")
        self._live.console.print(line, soft_wrap=True)


def display(steps: Collection[Step]) -> PlainLines:
    """What shows the stages where standard error goes."""
    if sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb":
        return LiveLines(steps, Console(stderr=True, highlight=False))
    return PlainLines(steps)


def _grid(rows: list[tuple[str, str, str]]) -> Table:
    """Rows that take one line each, however narrow the terminal is."""
    grid = Table.grid(padding=(0, 2), expand=True)
    for ratio in (1, 2):
        grid.add_column(ratio=ratio, no_wrap=True, overflow="ellipsis")
    grid.add_column(justify="right", no_wrap=True)
    for row in rows:
        grid.add_row(*map(Text, row))
    return grid
