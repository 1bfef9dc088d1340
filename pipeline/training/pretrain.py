"""Pretraining as a stage: its settings, and the fairseq flags they become."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from langs.errors import InputError
from pipeline.stages import folders
from pipeline.training import flags as training_flags
from pipeline.training import process

MODELS = (  # said by --help, where reading models.network.architectures would take a second
    "t5_SIZE, mt5_SIZE (dense), switch_SIZE, moe_SIZE (top-2); sizes: tiny, mini, small, base, "
    "large, xl, xxl; and switch_c, switch_base_plus"
)
DEFAULT_MODEL = "switch_tiny"


@dataclass
class PretrainConfig:
    """One pretraining run. What is None comes from the named model. The schedule is T5's."""

    # Model
    model: str | None = None  # a name of MODELS; None = that of initialise_from, else switch_tiny
    experts: int | None = None  # experts in each Switch layer
    capacity_factor: str | None = None  # a number, or "none": no token is dropped
    eval_capacity_factor: str | None = None  # the same in validation
    embedding_std: float | None = None  # standard deviation of the initial embeddings
    unscaled_output: bool = False  # tied output without T5's factor d_model^-0.5: for AdamW
    balance_weight: float = 0.01  # of the load-balancing loss
    z_weight: float = 0.001  # of the router z-loss
    initialise_from: str | None = None  # checkpoint whose weights training starts from

    # Length and batches
    steps: int = 10_000  # updates
    batch_size: int = 32  # sequences an update and process
    source_tokens: int = 512  # length of a packed source sequence, in tokens
    seed: int = 1  # of weights, data order and noise

    # Optimizer
    optimizer: str = "adafactor"  # or "adamw"
    learning_rate: float = 0.01
    schedule: str = "inverse_sqrt"  # of training_flags.SCHEDULES; the others start from 0
    start_learning_rate: float | None = None  # at step 0; None = learning_rate, as T5 does
    warmup_steps: int = 10_000  # updates until the decay begins, at least 1
    gradient_clip: float = 0.0  # largest norm of the gradient; 0 = any

    # What is written when
    log_every: int = 100  # updates between train lines of metrics.jsonl
    validate_every: int = 1000  # updates between validations
    validation_sequences: int = 0  # most validation sequences of a language; 0 = all
    save_every: int = 1000  # updates between checkpoints
    keep_checkpoints: int = 2  # newest checkpoints that stay; -1 = all

    fairseq: list[str] = field(default_factory=list)  # further flags for fairseq


_FLAGS = {
    "experts": "--experts",
    "embedding_std": "--embedding-std",
    "unscaled_output": "--unscaled-output",
    "batch_size": "--batch-size",
    "source_tokens": "--source-tokens",
    "validation_sequences": "--validation-sequences",
    "save_every": "--save-interval-updates",
}
_AT_LEAST_ONE = ("batch_size", "source_tokens", "save_every")


def pretrain(data: Path, output: Path, config: PretrainConfig) -> None:
    """Train into the run folder `output` from a folder of `mswitch prepare`; continue or skip it.

    Raises InputError for bad settings, missing data, or a folder made differently; SystemExit with
    its exit code when training fails, which has then said why; KeyboardInterrupt.
    """
    check(config)
    inputs = {"data": data / "shards"}
    if config.initialise_from:
        inputs["initialise_from"] = Path(config.initialise_from)
    made_from = folders.fingerprint(asdict(config), inputs)

    def train(folder: Path) -> dict[str, Any]:
        model = model_flags(config)
        process.to_end(folder, config.steps, [str(data), *model, *flags(config, folder)])
        return {"model": model_name(config), "steps": config.steps}

    folders.made(output, made_from, train, title="pretrain", continued=True)


def check(config: PretrainConfig) -> None:
    """Raises InputError for a value out of range."""
    training_flags.check(asdict(config), _AT_LEAST_ONE)
    if config.start_learning_rate and config.schedule != "inverse_sqrt":
        raise InputError(
            f"start_learning_rate is {config.start_learning_rate}: schedule {config.schedule} "
            "starts from 0; leave it out, or use inverse_sqrt"
        )


def model_name(config: PretrainConfig) -> str:
    """What the run is called by: a named model, or the file it starts from."""
    return config.model or config.initialise_from or DEFAULT_MODEL


def model_flags(config: PretrainConfig) -> list[str]:
    """The architecture, before all other flags: what they say of the model wins.

    Raises InputError for an unknown model, and for a file that is no checkpoint.
    """
    from models.network.architectures import architecture  # torch takes a second to import

    start = ["--finetune-from-model", config.initialise_from] if config.initialise_from else []
    if config.initialise_from and not config.model:
        return [*start, *training_flags.shape_flags(Path(config.initialise_from))]
    name = config.model or DEFAULT_MODEL
    architecture(name)
    return [*start, "--arch", name]


def flags(config: PretrainConfig, folder: Path) -> list[str]:
    """The arguments of `python -m models.train` behind the data folder and the architecture."""
    start = config.start_learning_rate
    if start is None and config.schedule == "inverse_sqrt":
        start = config.learning_rate
    schedule = training_flags.schedule_flags(config.schedule, config.steps, start or 0.0)
    task = ["--task", "multilingual_span_corruption", *schedule]
    return [*task, *training_flags.flags(asdict(config), _FLAGS, folder)]
