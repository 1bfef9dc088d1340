"""Seconds of a training step, dense and Switch in turn, at the sample run's shapes.

    python benchmarks/step_time.py [--steps 20] [--threads 2] [--json FILE]

Every round times one step of each model, so that a machine whose speed drifts treats them alike;
the table gives medians and their ratio to dense.
"""

import argparse
import json
import statistics
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch

from models.architectures import architecture
from models.layers.cross_entropy import linear_cross_entropy
from models.transformer import Transformer, TransformerConfig

VOCABULARY, SEQUENCES, SOURCE_TOKENS, TARGET_TOKENS = 8000, 64, 128, 29
WARM_UP_STEPS = 3


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    model: str
    parameters: int
    milliseconds: float
    ratio_to_dense: float


def candidates() -> dict[str, TransformerConfig]:
    """What is timed: the dense model first."""
    dense, sparse = architecture("t5_tiny"), architecture("switch_tiny")
    named = {"dense": dense}
    for experts in (2, 8, 16, 32):
        named[f"switch, {experts} experts, dropless"] = replace(
            sparse, experts=experts, capacity_factor=None
        )
    named["switch, 16 experts, capacity 1.25"] = replace(sparse, experts=16, capacity_factor=1.25)
    return {name: replace(config, vocabulary_size=VOCABULARY) for name, config in named.items()}


class Trainer:
    """A model, its optimizer and one batch of random tokens."""

    def __init__(self, config: TransformerConfig) -> None:
        torch.manual_seed(1)
        self.model = Transformer(config)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-3, fused=True)
        self.source = torch.randint(3, VOCABULARY, (SEQUENCES, SOURCE_TOKENS))
        self.target = torch.randint(3, VOCABULARY, (SEQUENCES, TARGET_TOKENS))

    def step(self) -> float:
        """One forward, backward and update; its seconds."""
        started = time.perf_counter()
        output = self.model(self.source, self.target)
        hidden, weight = self.model.output_projection(output.hidden)
        loss, _ = linear_cross_entropy(hidden.flatten(0, 1), weight, self.target.flatten(), 0)
        loss = loss / self.target.numel()
        for statistics_of_layer in output.routing:
            loss = loss + 0.01 * statistics_of_layer.balance_loss
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        return time.perf_counter() - started


def measure(steps: int) -> list[Row]:
    """Rounds of one step a model; medians."""
    configs = candidates()
    trainers = {name: Trainer(config) for name, config in configs.items()}
    for _ in range(WARM_UP_STEPS):
        for trainer in trainers.values():
            trainer.step()
    times: dict[str, list[float]] = {name: [] for name in trainers}
    for _ in range(steps):
        for name, trainer in trainers.items():
            times[name].append(trainer.step())
    medians = {name: statistics.median(values) for name, values in times.items()}
    parameters = {n: sum(p.numel() for p in t.model.parameters()) for n, t in trainers.items()}
    return [
        Row(name, parameters[name], 1000 * seconds, seconds / medians["dense"])
        for name, seconds in medians.items()
    ]


def main() -> None:
    """Parse options, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--steps", type=int, default=20, help="timed steps of each model")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the table as JSON too")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    rows = measure(arguments.steps)
    tokens = SEQUENCES * (SOURCE_TOKENS + TARGET_TOKENS)
    print(f"{tokens:,} tokens a step, {arguments.threads} threads, medians of {arguments.steps}\n")
    print(f"{'model':36} {'parameters':>12} {'ms/step':>9} {'to dense':>9}")
    for row in rows:
        ratio = f"{row.ratio_to_dense:.2f}x"
        print(f"{row.model:36} {row.parameters:>12,} {row.milliseconds:>9.1f} {ratio:>9}")
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")


if __name__ == "__main__":
    main()
