"""`mswitch pretrain`: train one model on prepared data, or continue its training."""

import argparse
from pathlib import Path

from pipeline.stages import options
from pipeline.training.flags import SCHEDULES
from pipeline.training.pretrain import MODELS, PretrainConfig, pretrain

HELP = "pretrain a dense or Switch model on prepared data; the same command continues it"
EXAMPLES = """\
mswitch pretrain --model switch_tiny --data runs/sample --output runs/mine --steps 300 --experts 8
mswitch pretrain --model t5_tiny --data runs/sample --output runs/dense --steps 300
mswitch pretrain --data runs/sample --output runs/bf16 --steps 300 -- --bf16 --update-freq 2"""

TEXTS = {
    "model": MODELS + " (default: switch_tiny, or that of --initialise-from)",
    "initialise_from": "checkpoint to start from, such as an imported or upcycled one",
    "experts": "experts in each Switch layer",
    "capacity_factor": "expert capacity over an even share; none: no token is dropped",
    "eval_capacity_factor": "the same in validation",
    "embedding_std": "standard deviation of the initial embeddings",
    "unscaled_output": "leave out T5's d_model^-0.5 on a tied output: for adamw",
    "balance_weight": "weight of the load-balancing loss",
    "z_weight": "weight of the router z-loss",
    "steps": "updates",
    "batch_size": "sequences an update and process",
    "source_tokens": "length of a packed source sequence, in tokens",
    "seed": "of weights, data order and noise",
    "optimizer": "adafactor or adamw",
    "learning_rate": "highest learning rate",
    "schedule": "of the learning rate behind the warm-up: " + ", ".join(SCHEDULES),
    "start_learning_rate": "at step 0; default: --learning-rate, and 0 without inverse_sqrt",
    "warmup_steps": "updates until the decay begins",
    "gradient_clip": "largest norm of the gradient; 0: any",
    "log_every": "updates between train lines of metrics.jsonl",
    "validate_every": "updates between validations",
    "validation_sequences": "most validation sequences of a language; 0: all",
    "save_every": "updates between checkpoints",
    "keep_checkpoints": "newest checkpoints that stay; -1: all",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One option for each setting; what follows `--` goes to fairseq."""
    add = parser.add_argument
    add("--data", type=Path, required=True, metavar="DIR", help="output folder of mswitch prepare")
    add("--output", type=Path, required=True, metavar="RUN", help="folder of this training run")
    options.add(parser, PretrainConfig(), TEXTS)


def run(arguments: argparse.Namespace, extra: list[str]) -> None:
    """Train until --steps, from the last checkpoint if there is one."""
    config = options.read(arguments, PretrainConfig, "pretrain")
    pretrain(arguments.data, arguments.output, config)
    print(f"The run is in {arguments.output}")
