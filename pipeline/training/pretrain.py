"""Pretraining as a stage: its settings, and the fairseq flags they become."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from langs.errors import InputError
from pipeline.stages import folders, settings
from pipeline.stages.settings import setting
from pipeline.training import flags as common
from pipeline.training import last_step

MODELS = (  # said by --help, where reading models.network.architectures would take a second
    "t5_SIZE, mt5_SIZE (dense), switch_SIZE, moe_SIZE (top-2); sizes: tiny, mini, small, base, "
    "large, xl, xxl; and switch_c, switch_base_plus"
)
DEFAULT_MODEL = "switch_tiny"

_model = partial(setting, group="Model")
_batches = partial(setting, group="Length and batches")
_optimizer = partial(setting, group="Optimizer")
_output = partial(setting, group="Output")


@dataclass
class PretrainConfig:
    """One pretraining run. Settings without a value come from the named model. The learning rate's
    schedule is T5's."""

    model: str | None = _model(
        None, MODELS, unset=f"{DEFAULT_MODEL}, or the model of --initialise-from"
    )
    experts: int | None = _model(None, "experts in each Switch layer", flag="--experts")
    capacity_factor: str | None = common.capacity_factor(group="Model")
    eval_capacity_factor: str | None = common.eval_capacity_factor(group="Model")
    embedding_std: float | None = _model(
        None, "standard deviation of the initial embeddings", flag="--embedding-std"
    )
    unscaled_output: bool = _model(
        False,
        "tied output without T5's factor d_model^-0.5: for adamw",
        flag="--unscaled-output",
    )
    balance_weight: float = common.balance_weight(group="Model")
    z_weight: float = common.z_weight(group="Model")
    initialise_from: str | None = _model(
        None, "checkpoint to start from, such as an imported or upcycled one", item="FILE"
    )

    steps: int = common.steps(group="Length and batches")
    batch_size: int = _batches(32, "sequences an update and process", least=1, flag="--batch-size")
    source_tokens: int = _batches(
        512, "tokens of a packed source sequence", least=1, flag="--source-tokens"
    )
    seed: int = common.seed(
        help="seed of weights, data order and noise", group="Length and batches"
    )

    optimizer: str = common.optimizer(group="Optimizer")
    learning_rate: float = common.learning_rate(0.01, group="Optimizer")
    router_learning_rate_scale: float = common.router_learning_rate_scale(group="Optimizer")
    schedule: str = common.schedule("inverse_sqrt", group="Optimizer")
    start_learning_rate: float | None = _optimizer(
        None,
        "learning rate at step 0, with inverse_sqrt alone",
        unset="--learning-rate, as T5; 0 with other schedules",
    )
    warmup_steps: int = common.warmup_steps(
        10_000, "warm-up: updates until the decay begins", group="Optimizer"
    )
    gradient_clip: float = common.gradient_clip(0.0, group="Optimizer")

    log_every: int = common.log_every(group="Output")
    validate_every: int = common.validate_every(
        1000, "updates between validations", flag="--validate-interval-updates", group="Output"
    )
    validation_sequences: int = _output(
        0, "most validation sequences of a language; 0: all", flag="--validation-sequences"
    )
    save_every: int = _output(
        1000, "updates between checkpoints", least=1, flag="--save-interval-updates"
    )
    keep_checkpoints: int = common.keep_checkpoints(
        2, "newest checkpoints that are kept; -1: all", group="Output"
    )

    threads: int = common.threads(group="Output")
    fairseq: list[str] = common.fairseq(group="Output")


def pretrain(data: Path, output: Path, config: PretrainConfig) -> None:
    """Train into the run folder `output` from a folder of `mswitch prepare`; continue or skip it.

    Raises InputError for bad settings, missing data, or a folder made differently; SystemExit with
    its exit code when training fails, which has then said why; KeyboardInterrupt.
    """
    check(config)
    inputs = {"data": data / "shards"}
    if config.initialise_from:
        inputs["initialise_from"] = Path(config.initialise_from)
    made_from = folders.fingerprint(last_step.lasting(config), inputs)

    def train(folder: Path) -> dict[str, Any]:
        model = model_flags(config)
        last_step.to_end(folder, config.steps, [str(data), *model, *flags(config, folder)])
        return {"model": model_name(config), "steps": config.steps}

    goes_on = last_step.goes_on(config, output)
    folders.made(output, made_from, train, title="pretrain", continued=True, goes_on=goes_on)


def check(config: PretrainConfig) -> None:
    """Raise InputError for a value out of range."""
    settings.check(config)
    if config.start_learning_rate and config.schedule != "inverse_sqrt":
        raise InputError(
            f"start_learning_rate is {config.start_learning_rate}: schedule {config.schedule} "
            "starts from 0; leave it out, or use inverse_sqrt"
        )


def model_name(config: PretrainConfig) -> str:
    """The name of the run's model: a named model, or the file it starts from."""
    return config.model or config.initialise_from or DEFAULT_MODEL


def model_flags(config: PretrainConfig) -> list[str]:
    """The architecture, before all other flags, which win over it.

    Raises InputError for an unknown model, and for a file that is no checkpoint.
    """
    from models.network.architectures import architecture  # torch takes a second to import

    start = ["--finetune-from-model", config.initialise_from] if config.initialise_from else []
    if config.initialise_from and not config.model:
        return [*start, *common.shape_flags(Path(config.initialise_from))]
    name = config.model or DEFAULT_MODEL
    architecture(name)
    return [*start, "--arch", name]


def flags(config: PretrainConfig, folder: Path) -> list[str]:
    """The arguments of `python -m models.train` behind the data folder and the architecture."""
    start = config.start_learning_rate
    if start is None and config.schedule == "inverse_sqrt":
        start = config.learning_rate
    task = ["--task", "multilingual_span_corruption"]
    return [*task, *common.training_flags(config, folder, start or 0.0)]
