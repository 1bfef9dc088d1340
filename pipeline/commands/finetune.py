"""`mswitch finetune`: make a translator of a pretrained model, or continue to."""

import argparse
from pathlib import Path

from pipeline.stages import options
from pipeline.training.finetune import FREEZABLE, FinetuneConfig, finetune
from pipeline.training.flags import SCHEDULES

HELP = "fine-tune a dense or Switch model to translate; the same command continues it"
EXAMPLES = """\
mswitch finetune --checkpoint runs/sample/switch/checkpoint_last.pt --data runs/bitext \\
    --output runs/translator --steps 1000
mswitch finetune --checkpoint runs/sample/dense/checkpoint_last.pt --data runs/bitext \\
    --output runs/mixed --steps 1000 --pretraining-share 0.1 --pretraining-data runs/sample
mswitch finetune --checkpoint runs/imported/checkpoint_last.pt --data runs/bitext \\
    --output runs/bf16 --freeze experts -- --bf16 --update-freq 4"""

TEXTS = {
    "dropout": "dropout outside the experts",
    "expert_dropout": "dropout inside the experts; dense models have none",
    "expert_masking": "share of the tokens that do without their experts' output",
    "label_smoothing": "share of the loss that wants every piece alike",
    "freeze": "what stays as it is: " + ", ".join(FREEZABLE),
    "balance_weight": "weight of the load-balancing loss",
    "z_weight": "weight of the router z-loss",
    "capacity_factor": "expert capacity over an even share; none: no token is dropped",
    "eval_capacity_factor": "the same in validation",
    "max_tokens": "tokens of a batch and process, on either side, padding too",
    "longest": "tokens of a source or target; what is more is cut off",
    "pretraining_data": "output folder of mswitch prepare, to go on pretraining beside",
    "pretraining_share": "share of the sequences that are pretraining's",
    "pretraining_tokens": "length of such a source sequence, in tokens",
    "steps": "updates at most",
    "seed": "of new rows, data order and noise",
    "optimizer": "adafactor or adamw",
    "learning_rate": "learning rate behind the warm-up",
    "schedule": "of the learning rate: " + ", ".join(SCHEDULES),
    "warmup_steps": "updates in which the learning rate rises from 0",
    "gradient_clip": "largest norm of the gradient; 0: any",
    "log_every": "updates between train lines of metrics.jsonl",
    "validate_every": "updates between validations, each with a checkpoint",
    "validation_pairs": "most validation pairs of a direction; 0: all",
    "translated_pairs": "of these so many are translated and scored; 0: all",
    "patience": "validations without a better mean chrF++ that end the run; 0: none do",
    "keep_checkpoints": "newest checkpoints that stay beside the best; -1: all",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One option for each setting; what follows `--` goes to fairseq."""
    add = parser.add_argument
    add("--checkpoint", type=Path, required=True, metavar="FILE", help="where training starts")
    add("--data", type=Path, required=True, metavar="DIR", help="output folder of mswitch bitext")
    add("--output", type=Path, required=True, metavar="RUN", help="folder of this training run")
    options.add(parser, FinetuneConfig(), TEXTS)


def run(arguments: argparse.Namespace, extra: list[str]) -> None:
    """Train until --steps or --patience, from the last checkpoint if there is one."""
    config = options.read(arguments, FinetuneConfig, "finetune")
    best = finetune(arguments.checkpoint, arguments.data, arguments.output, config)
    print(
        f"The best of {best['steps']:,} steps is {best['best_step']:,}, with a mean chrF++ of "
        f"{best['chrf++']}: {arguments.output / 'checkpoint_best.pt'}"
    )
