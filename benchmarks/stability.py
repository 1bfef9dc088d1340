"""Tables 2 and 3 of the Switch paper in small: initial scale, and what the router computes in.

    python benchmarks/stability.py --data runs/sample --output runs/stability [--json FILE]

Trains a small Switch model on prepared data (a folder of `mswitch prepare`) once for each setting
and seed, and prints the quality at the end (negative log perplexity on validation text, higher is
better) as mean and standard deviation over the seeds. What is done stays in OUTPUT/results.jsonl:
the same command continues. Curves are drawn into OUTPUT/stability.svg.
"""

import argparse
import copy
import json
import math
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from models.data.dictionary import PAD, SentinelDictionary
from models.data.packed_dataset import SpanCorruption, TrainingDataset, ValidationDataset
from models.data.shards import Shards
from models.data.span_corruption import MEAN_SPAN_TOKENS, NOISE_DENSITY, text_tokens_for
from models.layers.cross_entropy import linear_cross_entropy
from models.network.architectures import architecture
from models.network.config import TransformerConfig
from models.network.transformer import Transformer
from models.plugin.optimizers import Adafactor

BALANCE_WEIGHT = 0.01  # and no z-loss, which the paper does not have


@dataclass(frozen=True)
class Setting:
    """A setting, one row of the table."""

    name: str
    init_scale: float = 0.1
    bfloat16: bool = False  # weights and activations of forward and backward; float32 master copy
    float32_router: bool = True  # selective precision


BASE = Setting("float32, init 0.1")
SETTINGS = (
    BASE,
    Setting("float32, init 1.0", init_scale=1.0),
    Setting("bfloat16, float32 router", bfloat16=True),
    Setting("bfloat16, also in the router", bfloat16=True, float32_router=False),
)


@dataclass(frozen=True)
class Recipe:
    """Settings that all runs share."""

    steps: int = 120
    batch_size: int = 8
    source_tokens: int = 128
    layers: int = 4  # of each stack
    experts: int = 16
    capacity_factor: float = 2.0
    optimizer: str = "adafactor"  # or "adamw", then with small embeddings
    learning_rate: float = 0.3  # of steps relative to the size of a weight
    warmup_steps: int = 1  # none
    clip: float = 0.0  # largest norm of the gradient; 0 = any
    embedding_std: float = 1.0
    validate_every: int = 20
    validation_sequences: int = 1  # a language


class Data:
    """Training and validation batches of a prepared folder."""

    def __init__(self, folder: Path, recipe: Recipe) -> None:
        self.shards, self.recipe = Shards(folder), recipe
        dictionary = SentinelDictionary.read(folder / "tokenizer" / "dict.txt")
        self.vocabulary_size = len(dictionary)
        shape = text_tokens_for(recipe.source_tokens), NOISE_DENSITY, MEAN_SPAN_TOKENS
        self.corruption = SpanCorruption(*shape, dictionary.first_sentinel)
        valid = ValidationDataset(
            self.shards.streams("valid"), self.corruption, recipe.validation_sequences
        )
        self.valid = [valid.collater([valid[i] for i in rows]) for rows in valid.batches(64)]

    def train(self, seed: int) -> Iterator[dict[str, Any]]:
        """Endless batches."""
        streams = self.shards.streams("train")
        size = self.recipe.batch_size
        dataset = TrainingDataset(streams, self.shards.rates, self.corruption, 1 << 30, seed)
        for start in range(0, len(dataset), size):
            yield dataset.collater([dataset[i] for i in range(start, start + size)])


class Run:
    """A model in the precision of its setting, and the float32 weights that are updated."""

    def __init__(self, setting: Setting, recipe: Recipe, vocabulary_size: int, seed: int) -> None:
        torch.manual_seed(seed)
        self.master = Transformer(config(setting, recipe, vocabulary_size))
        self.model = copy.deepcopy(self.master).bfloat16() if setting.bfloat16 else self.master
        parameters = self.master.parameters()
        self.optimizer: torch.optim.Optimizer = (
            Adafactor(parameters, lr=recipe.learning_rate)
            if recipe.optimizer == "adafactor"
            else torch.optim.AdamW(
                parameters, lr=recipe.learning_rate, betas=(0.9, 0.98), weight_decay=0, fused=True
            )
        )
        self.recipe = recipe

    def step(self, number: int, batch: dict[str, Any]) -> None:
        """One update."""
        self.model.train()
        loss, balance = self.losses(batch)
        (loss / batch["ntokens"] + BALANCE_WEIGHT * balance).backward()
        if self.model is not self.master:
            for master, working in zip(
                self.master.parameters(), self.model.parameters(), strict=True
            ):
                master.grad, working.grad = working.grad.float(), None  # type: ignore[union-attr]
        if self.recipe.clip:
            nn.utils.clip_grad_norm_(self.master.parameters(), self.recipe.clip)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.recipe, number)
        self.optimizer.step()
        self.optimizer.zero_grad()
        if self.model is not self.master:
            self.model.load_state_dict(self.master.state_dict())

    def losses(self, batch: dict[str, Any]) -> tuple[Tensor, Tensor]:
        """Nats over all target tokens, and the sum of the balance losses."""
        inputs = batch["net_input"]
        output = self.model(inputs["src_tokens"], inputs["prev_output_tokens"])
        hidden, weight = self.model.output_projection(output.hidden)
        nll, _ = linear_cross_entropy(
            hidden.flatten(0, 1), weight.to(hidden.dtype), batch["target"].flatten(), PAD
        )
        return nll, torch.stack([routing.balance_loss for routing in output.routing]).sum()

    @torch.no_grad()
    def quality(self, batches: Sequence[dict[str, Any]]) -> float:
        """Negative log perplexity: minus nats a target token, without noise."""
        self.model.eval()
        nats = sum(float(self.losses(batch)[0]) for batch in batches)
        return -nats / sum(batch["ntokens"] for batch in batches)


def config(setting: Setting, recipe: Recipe, vocabulary_size: int) -> TransformerConfig:
    """switch_tiny with the setting's and the recipe's changes."""
    return replace(
        architecture("switch_tiny"),
        vocabulary_size=vocabulary_size,
        encoder_layers=recipe.layers,
        decoder_layers=recipe.layers,
        experts=recipe.experts,
        capacity_factor=recipe.capacity_factor,
        low_precision_router=not setting.float32_router,
        init_scale=setting.init_scale,
        embedding_std=recipe.embedding_std,
        unscaled_output=recipe.optimizer == "adamw",
    )


def learning_rate(recipe: Recipe, step: int) -> float:
    """Linear to the end of the warm-up, then falling with 1 / sqrt(step); step from 1."""
    warmup = max(1, recipe.warmup_steps)
    return recipe.learning_rate * min(step / warmup, math.sqrt(warmup / step))


def train(setting: Setting, seed: int, recipe: Recipe, data: Data) -> dict[str, Any]:
    """The curve of a run, (step, quality) pairs; a loss that is no number ends it."""
    run, started = Run(setting, recipe, data.vocabulary_size, seed), time.monotonic()
    curve = [(0, run.quality(data.valid))]
    for number, batch in enumerate(data.train(seed), start=1):
        run.step(number, batch)
        if number % recipe.validate_every == 0:
            curve.append((number, run.quality(data.valid)))
        if number == recipe.steps or not math.isfinite(curve[-1][1]):
            break
    return {
        "setting": asdict(setting),
        "seed": seed,
        "recipe": asdict(recipe),
        "curve": curve,
        "seconds": time.monotonic() - started,
    }


def runs_done(file: Path) -> list[dict[str, Any]]:
    """The runs in results.jsonl; a half-written last line is left out."""
    done = []
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else []:
        try:
            done.append(json.loads(line))
        except ValueError:
            continue
    return done


def append(file: Path, run: dict[str, Any]) -> None:
    """Append a line, in a new one where a kill has cut the last."""
    unfinished = file.exists() and not file.read_bytes().endswith(b"\n")
    with file.open("a", encoding="utf-8") as out:
        out.write("\n" * unfinished + json.dumps(run) + "\n")


def run_all(arguments: argparse.Namespace, recipe: Recipe) -> list[dict[str, Any]]:
    """Every setting with every seed; one that was run before is not run again."""
    data, file = Data(arguments.data, recipe), arguments.output / "results.jsonl"
    arguments.output.mkdir(parents=True, exist_ok=True)
    settings = [s for s in SETTINGS if not (arguments.float32_only and s.bfloat16)]
    wanted = [(s, seed) for seed in range(1, arguments.seeds + 1) for s in settings]
    found = []
    for setting, seed in wanted:
        key = {"setting": asdict(setting), "seed": seed, "recipe": asdict(recipe)}
        known = [run for run in runs_done(file) if {name: run[name] for name in key} == key]
        run = known[0] if known else train(setting, seed, recipe, data)
        if not known:
            append(file, run)
            print(f"{setting.name}, seed {seed}: {run['curve'][-1][1]:.3f}", flush=True)
        found.append(run)
    return found


def summary(runs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row for each setting: qualities at the end, their mean and standard deviation."""
    rows = []
    for setting in SETTINGS:
        own = [run for run in runs if run["setting"] == asdict(setting)]
        if not own:
            continue
        ends = [run["curve"][-1][1] for run in own]
        rows.append(
            {
                "setting": setting.name,
                "qualities": ends,
                "mean": statistics.fmean(ends),
                "std": statistics.stdev(ends) if len(ends) > 1 else 0.0,
            }
        )
    return rows


def draw(runs: Sequence[dict[str, Any]], file: Path) -> None:
    """Quality over steps: one panel for the initial scale, one for the precision."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    panels = [
        (title, settings)
        for title, settings in (
            ("Table 3: initial scale", SETTINGS[:2]),
            ("Table 2: precision", (BASE, *SETTINGS[2:])),
        )
        if any(run["setting"] == asdict(settings[-1]) for run in runs)
    ]
    colours, lines = ("#0060a8", "#c2410c", "#2e7d32"), ("-", "--", ":")
    figure, axes = pyplot.subplots(
        1, len(panels), figsize=(5 * len(panels), 3.8), sharey=True, squeeze=False
    )
    for axis, (title, settings) in zip(axes[0], panels, strict=True):
        for setting, colour in zip(settings, colours, strict=False):
            own = [run for run in runs if run["setting"] == asdict(setting)]
            for number, run in enumerate(own):
                steps, qualities = zip(*run["curve"][1:], strict=True)
                label = setting.name if number == 0 else None
                axis.plot(steps, qualities, lines[number % 3], color=colour, lw=1.2, label=label)
        axis.set_title(title, loc="left", fontsize=10)
        axis.set_xlabel("step")
        axis.grid(color="#dfe1e0")
        axis.legend(frameon=False, fontsize=8, loc="lower right")
    axes[0, 0].set_ylabel("neg. log perplexity (validation)")
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})


def main() -> None:
    """Parse options, train what is missing, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of mswitch prepare")
    parser.add_argument("--output", type=Path, required=True, help="folder for results and plot")
    parser.add_argument("--seeds", type=int, default=3, help="seeds, runs of each setting")
    parser.add_argument(
        "--float32-only", action="store_true", help="without the settings of bfloat16"
    )
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the table as JSON too")
    for name, value in asdict(Recipe()).items():
        parser.add_argument("--" + name.replace("_", "-"), type=type(value), default=value)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    recipe = Recipe(**{name: getattr(arguments, name) for name in asdict(Recipe())})
    runs = run_all(arguments, recipe)
    rows = summary(runs)
    print(f"\n{'setting':28} {'mean':>8} {'std':>7}   each")
    for row in rows:
        each = " ".join(f"{quality:.3f}" for quality in row["qualities"])
        print(f"{row['setting']:28} {row['mean']:>8.3f} {row['std']:>7.3f}   {each}")
    draw(runs, arguments.output / "stability.svg")
    if arguments.json:
        arguments.json.write_text(
            json.dumps({"recipe": asdict(recipe), "rows": rows}, indent=1) + "\n"
        )


if __name__ == "__main__":
    main()
