"""The metrics of a run: totals, the file metrics.jsonl, and the progress on the screen.

The evaluator reads the format, which docs/training.md explains.
"""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from models.formats.run_folder import SEQUENCES, whole_file
from models.layers.experts.router import RoutingStatistics

from .step_clock import Times


@dataclass
class Totals:
    """Totals of a run so far; kept in checkpoints, so that a resumed run goes on counting."""

    step: int = 0
    tokens: int = 0  # source and target, without padding
    seconds: float = 0.0  # wall clock, training steps alone: no data loading, no validation
    processor_seconds: float | None = 0.0  # of the same; None: a part of the run has not told
    interval_nll: float = 0.0  # nats since the last train line
    interval_mixed: float = 0.0  # the same of the objective, with a teacher or label smoothing
    interval_targets: int = 0
    interval_routing: list[list[Any]] = field(default_factory=list)  # a layer: sums, then batches

    def add(self, logs: Sequence[Mapping[str, Any]], times: Times) -> None:
        """Count one update from its batches' logging outputs (SwitchCrossEntropy.forward)."""
        self.step += 1
        self.seconds += times.wall
        if self.processor_seconds is not None:
            self.processor_seconds += times.processor
        for log in logs:
            self.tokens += log["processed_tokens"]
            self.interval_nll += float(log["nll"])
            self.interval_mixed += float(log.get("mixed", 0.0))
            self.interval_targets += log["ntokens"]
            self.add_routing(log["routing"])

    def add_routing(self, routing: Sequence[RoutingStatistics]) -> None:
        """Add one batch's statistics, layer by layer."""
        if not self.interval_routing:
            self.interval_routing = [[0.0, 0.0, 0.0, [0.0] * len(r.load), 0] for r in routing]
        for sums, new in zip(self.interval_routing, routing, strict=True):
            sums[0] += float(new.balance_loss)
            sums[1] += float(new.z_loss)
            sums[2] += float(new.dropped)
            sums[3] = [a + b for a, b in zip(sums[3], new.load.tolist(), strict=True)]
            sums[4] += 1

    def take_interval(self) -> dict[str, Any]:
        """The means since the last call; the next interval starts."""
        targets = max(1, self.interval_targets)
        means: dict[str, Any] = {"loss": self.interval_nll / targets}
        if self.interval_mixed:
            means["mixed_loss"] = self.interval_mixed / targets
        layers = self.interval_routing
        if layers:
            for i, name in enumerate(("balance_loss", "z_loss", "dropped_fraction")):
                means[name] = sum(sums[i] / sums[4] for sums in layers) / len(layers)
            means["expert_load"] = [[x / sums[4] for x in sums[3]] for sums in layers]
        self.interval_nll = self.interval_mixed = 0.0
        self.interval_targets, self.interval_routing = 0, []
        return means


class MetricsFile:
    """Appends lines to a run's metrics.jsonl."""

    def __init__(self, path: Path, flops_per_token: float) -> None:
        self.path, self.flops_per_token = path, flops_per_token

    def begin(self, header: Mapping[str, Any], step: int) -> None:
        """Start the file with its `run` line; a resumed run keeps what it had up to its step."""
        lines = [json.dumps({"kind": "run", **header})]
        if step and self.path.exists():
            earlier = self.path.read_text().splitlines()[1:]
            lines += [line for line in earlier if is_before(line, step)]
        with whole_file(self.path) as temporary:
            temporary.write_text("".join(line + "\n" for line in lines))

    def append(self, kind: str, totals: Totals, values: Mapping[str, Any]) -> None:
        """Append a line of a kind ("train", "valid") with the run's totals."""
        processor = totals.processor_seconds
        line = {
            "kind": kind,
            "step": totals.step,
            "time": round(time.time(), 3),
            "tokens": totals.tokens,
            "seconds": round(totals.seconds, 3),
            **({} if processor is None else {"processor_seconds": round(processor, 3)}),
            "flops": totals.tokens * self.flops_per_token,
            **values,
        }
        with self.path.open("a") as file:
            file.write(json.dumps(line) + "\n")


def write_sequences(
    folder: Path, step: int, codes: Sequence[str], rows: Sequence[Sequence[float]]
) -> None:
    """Write `validation.npz`: a validation by sequence, for confidence intervals by resampling.

    `rows` [sequences, 4]: index in `codes`, nats, target tokens, text bytes. The next validation
    replaces the file.
    """
    with whole_file(folder / SEQUENCES) as temporary, temporary.open("wb") as file:
        np.savez(file, step=step, codes=np.array(codes), rows=np.array(rows).reshape(-1, 4))


def is_before(line: str, step: int) -> bool:
    """Whether a line is whole and not beyond a step."""
    try:
        return json.loads(line).get("step", 0) <= step
    except ValueError:
        return False


class Progress:
    """One line on standard error at each logging interval: step, loss, tokens/s, time left."""

    def __init__(self, name: str, last_step: int) -> None:
        self.name, self.last_step = name, last_step
        self.start: tuple[float, int, int] | None = None  # wall seconds, step, tokens

    def begin(self, totals: Totals) -> None:
        """Start to measure the speed."""
        self.start = (time.monotonic(), totals.step, totals.tokens)

    def show(self, totals: Totals, loss: float | None = None) -> None:
        """Print the line."""
        if self.start is None:
            self.begin(totals)
            return
        wall, step, tokens = self.start
        elapsed = max(time.monotonic() - wall, 1e-9)
        done = max(totals.step - step, 1)
        left = ""
        if self.last_step:
            left_seconds = int(elapsed / done * (self.last_step - totals.step))
            left = f"/{self.last_step:,}  {left_seconds // 60}:{left_seconds % 60:02d} left"
        step_text, _, left_text = f"{totals.step:,}{left}".partition("  ")
        speed = (totals.tokens - tokens) / elapsed
        loss_text = "" if loss is None else f"loss {loss:.4f}  "
        self.say(f"step {step_text}  {loss_text}{speed:,.0f} tokens/s  {left_text}")

    def tell(self, totals: Totals, text: str) -> None:
        """Print a line about the step that a run is at."""
        self.say(f"step {totals.step:,}  {text}")

    def say(self, text: str) -> None:
        """Print a line of this run."""
        print(f"{self.name}  {text}", file=sys.stderr, flush=True)
