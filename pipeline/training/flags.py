"""Settings that all trainings have, and the fairseq flags that training takes."""

from functools import partial
from pathlib import Path
from typing import Any

from pipeline.stages import settings
from pipeline.stages.settings import setting

OPTIMIZERS = {"adafactor": "t5_adafactor", "adamw": "fused_adamw"}  # our name -> the plugin's
VALIDATION_ONLY = {"eval_capacity_factor"}  # options of the network
SCHEDULES = {"constant": "fixed", "inverse_sqrt": "inverse_sqrt", "linear": "polynomial_decay"}

balance_weight = partial(
    setting,
    0.01,
    "load-balancing loss: its weight (Switch, equation 4)",
    flag="--balance-weight",
)
z_weight = partial(
    setting, 0.001, "router z-loss: its weight (arXiv 2202.08906, equation 5)", flag="--z-weight"
)
capacity_factor = partial(
    setting,
    None,
    "expert capacity in training, as a factor of an even share (Switch, equation 3); none: no "
    "token is dropped",
    item="FACTOR",
    flag="--capacity-factor",
)
eval_capacity_factor = partial(
    setting,
    None,
    "expert capacity in validation, as a factor of an even share (then the quality of a language "
    "depends on the batch); none: no token is dropped",
    item="FACTOR",
    flag="--eval-capacity-factor",
)
steps = partial(setting, 10_000, help="updates", least=1, flag="--max-update")
seed = partial(setting, 1, flag="--seed")
optimizer = partial(
    setting,
    "adafactor",
    "optimizer: " + " or ".join(OPTIMIZERS),
    choices=tuple(OPTIMIZERS),
    item="NAME",
)
learning_rate = partial(
    setting, help="highest learning rate, where the warm-up ends", above=0, flag="--lr"
)
router_learning_rate_scale = partial(
    setting,
    1.0,
    "routers' learning rate as a factor of all others'; a dense model has none",
    least=0,
    flag="--router-learning-rate-scale",
)
schedule = partial(
    setting,
    help="learning rate after the warm-up: " + ", ".join(SCHEDULES) + " (to 0)",
    choices=tuple(SCHEDULES),
    item="NAME",
)
warmup_steps = partial(setting, least=1, flag="--warmup-updates")
gradient_clip = partial(
    setting, help="gradient clipping: largest norm; 0: no clipping", flag="--clip-norm"
)
log_every = partial(
    setting, 100, "updates between train lines of metrics.jsonl", least=1, flag="--log-interval"
)
validate_every = partial(setting, least=1)
keep_checkpoints = partial(setting, flag="--keep-interval-updates")
threads = partial(
    setting,
    0,
    "threads of the process; 0: the fastest number for the model, of the cores it may use",
    least=0,
    flag="--threads",
    changes_output=False,
)
fairseq = partial(setting, [], "further flags of fairseq", is_option=False)

_ALWAYS = (
    *("--criterion", "switch_cross_entropy"),
    *("--log-format", "none"),
    "--no-epoch-checkpoints",
)


def training_flags(config: Any, folder: Path, start_learning_rate: float = 0.0) -> list[str]:
    """The arguments of `python -m models.train` that say where and how to train.

    config: settings of a training. folder: the run's. start_learning_rate: at step 0, where the
    warm-up begins; other than 0 with the schedule inverse_sqrt alone.
    """
    of_schedule = {
        "inverse_sqrt": ["--warmup-init-lr", str(start_learning_rate)],
        "linear": ["--total-num-update", str(config.steps)],
    }
    return [
        *("--lr-scheduler", SCHEDULES[config.schedule], *of_schedule.get(config.schedule, [])),
        *_ALWAYS,
        *("--save-dir", str(folder), "--tensorboard-logdir", str(folder / "tensorboard")),
        *("--optimizer", OPTIMIZERS[config.optimizer]),
        *settings.flags(config),
        *config.fairseq,
    ]


def shape_flags(path: Path) -> list[str]:
    """The options of a checkpoint's model as flags. Raises InputError if it is none.

    Its expert capacity in validation is left out: how a run is validated is its own setting.
    """
    from models.network.options import options_from_config
    from models.weights.checkpoint import read  # torch takes a second to import

    given = []
    for name, value in options_from_config(read(path).config).items():
        flag = "--" + name.replace("_", "-")
        if value is not False and name not in VALIDATION_ONLY:
            given.append(flag if value is True else f"{flag}={value}")
    return ["--arch", "switch_transformer", *given]
