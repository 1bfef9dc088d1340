"""A whole run: corpus, tokenizer and shards, models, report, and translators made of the models.

Stages that do not need each other go on at once; what is complete is skipped.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from signal import Signals
from typing import NoReturn

from pipeline.run import config as configuration
from pipeline.run import plan, schedule, shares
from pipeline.run.config import LOGS, RunConfig
from pipeline.run.display import PlainLines, display
from pipeline.run.stage import Stage
from pipeline.run.step import Step, duration
from pipeline.stages import folders
from pipeline.stages.progress import say
from pipeline.stages.signals import TerminatedError, terminable

CONFIG_NAME = "config.yaml"
_SECONDS_BETWEEN_LOOKS = 0.1


def run(config: RunConfig) -> None:
    """Run all stages and print the summary of the report; after any end the same call goes on.

    Writes `config.yaml` into the output folder, and what each stage says into `logs/`. Raises
    SystemExit with the exit code of a stage that fails, after the line that says why;
    KeyboardInterrupt; TerminatedError. No stage outlives the call.
    """
    started = time.monotonic()
    output = Path(config.output)
    output.mkdir(parents=True, exist_ok=True)
    text = configuration.to_yaml(config)
    if not (output / CONFIG_NAME).exists():
        folders.write_text(output / CONFIG_NAME, text)
    steps = plan.steps(config)
    _perform(steps, config)
    folders.write_text(output / CONFIG_NAME, text)
    say(f"All done in {duration(time.monotonic() - started)}.")
    for step in steps:
        if step.closing:
            print(f"\n{step.closing()}")


def _perform(steps: Sequence[Step], config: RunConfig) -> None:
    """Work on all steps, and show how that goes. Raises as `run`."""
    needs = {step.name: step.needs for step in steps}
    gpus = shares.visible_gpus()
    jobs = shares.jobs(config.jobs, schedule.width(needs), gpus)
    shown = display(steps)
    crew = _Crew(steps, config, shares.environments(jobs, gpus), shown)
    try:
        with terminable(), shown:
            try:
                schedule.run(needs, jobs, crew.start, crew.pause)
            finally:
                crew.look()
    except schedule.FailedError as failure:
        _leave(crew.stages[failure.name], failure.code)
    except TerminatedError:
        say("ended by SIGTERM; the same command continues")
        raise


class _Crew:
    """The stages that work, each seen to its end."""

    def __init__(
        self,
        steps: Sequence[Step],
        config: RunConfig,
        environments: Sequence[dict[str, str]],
        shown: PlainLines,
    ) -> None:
        self.stages: dict[str, Stage] = {}
        self._steps = {step.name: step for step in steps}
        self._config = configuration.to_yaml(config)
        self._logs = Path(config.output) / LOGS
        self._environments, self._shown = environments, shown
        self._seen: set[str] = set()  # to the end

    def start(self, name: str, place: int) -> Stage:
        """Start the stage in a place, and say so."""
        log = self._logs / f"{name}.log"
        stage = Stage(self._steps[name], self._config, log, self._environments[place])
        self.stages[name] = stage
        self._shown.begin(stage)
        return stage

    def pause(self) -> None:
        """Wait a moment, then look."""
        time.sleep(_SECONDS_BETWEEN_LOOKS)
        self.look()

    def look(self) -> None:
        """Show what the stages have said, and which have ended."""
        for name, stage in self.stages.items():
            if name in self._seen:
                continue
            code = stage.poll()  # first: what it says before its end is there then
            for line in stage.said():
                self._shown.tell(stage, line)
            if code is not None:
                self._seen.add(name)
            if code == 0:
                self._shown.end(stage)
        self._shown.draw()


def _leave(stage: Stage, code: int) -> NoReturn:
    """Say why a stage has failed, and leave with its exit code."""
    if code < 0:
        reason = f"was ended by {Signals(-code).name}; the same command continues"
        code = 128 - code
    else:
        reason = stage.error or f"failed with exit code {code}"
    print(f"error: {stage.step.name}: {reason} (log: {stage.log})", file=sys.stderr)
    sys.exit(code)
