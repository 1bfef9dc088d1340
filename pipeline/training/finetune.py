"""Fine-tuning for translation as a stage: its settings, and the fairseq flags they become."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

from langs.errors import InputError
from pipeline.stages import folders, settings
from pipeline.stages.settings import setting
from pipeline.training import convert, last_step
from pipeline.training import flags as common

FREEZABLE = ("none", "embeddings", "encoder", "experts", "all-but-experts")
"""As models.weights.freezing has them."""

_NEVER = str(10**9)  # epochs: validations and checkpoints come by updates alone
_ALWAYS = (
    *("--task", "tagged_translation"),
    *("--best-checkpoint-metric", "chrf", "--maximize-best-checkpoint-metric"),
    *("--validate-interval", _NEVER, "--save-interval", _NEVER),
)

_regularisation = partial(setting, group="Regularisation")
_share = partial(_regularisation, least=0, below=1)
_data = partial(setting, group="Data")
_output = partial(setting, group="Output")


@dataclass
class FinetuneConfig:
    """One fine-tuning run; the model's shape comes from the checkpoint. Dense models have no use
    for the settings of experts, so that both kinds have one recipe."""

    dropout: float = _share(0.1, "dropout outside the experts", flag="--dropout")
    expert_dropout: float = _share(
        0.4, "expert dropout, inside the experts (Switch, Table 4)", flag="--expert-dropout"
    )
    expert_masking: float = _share(
        0.0,
        "expert output masking: share of the tokens without their experts' output (NLLB)",
        flag="--expert-masking",
    )
    label_smoothing: float = _share(
        0.1,
        "label smoothing: share of the loss on the uniform distribution",
        flag="--label-smoothing",
    )
    freeze: str = _regularisation(
        "none",
        "part of the model that is not trained: " + ", ".join(FREEZABLE),
        choices=FREEZABLE,
        item="PART",
        flag="--freeze",
    )
    balance_weight: float = common.balance_weight(group="Regularisation")
    z_weight: float = common.z_weight(group="Regularisation")
    capacity_factor: str | None = common.capacity_factor(
        unset="the checkpoint's", group="Regularisation"
    )
    eval_capacity_factor: str | None = common.eval_capacity_factor(group="Regularisation")

    max_tokens: int = _data(
        4096, "tokens of a batch and process, on either side, with padding", flag="--max-tokens"
    )
    longest: int = _data(
        256, "tokens of a source or target at most; the rest is cut off", flag="--longest"
    )
    pretraining_data: str | None = _data(
        None,
        "output folder of mswitch prepare, to mix pretraining sequences in",
        item="DIR",
        flag="--pretraining-data",
    )
    pretraining_share: float = _data(
        0.0, "share of the pretraining sequences", least=0, below=1, flag="--pretraining-share"
    )
    pretraining_tokens: int = _data(
        128,
        "source tokens of a pretraining sequence",
        least=1,
        flag="--pretraining-tokens",
    )
    steps: int = common.steps(help="updates at most", group="Data")
    seed: int = common.seed(help="seed of new rows, data order and noise", group="Data")

    optimizer: str = common.optimizer(group="Optimizer")
    learning_rate: float = common.learning_rate(0.001, group="Optimizer")
    router_learning_rate_scale: float = common.router_learning_rate_scale(group="Optimizer")
    schedule: str = common.schedule("constant", group="Optimizer")
    warmup_steps: int = common.warmup_steps(
        100, "warm-up: updates in which the learning rate rises from 0", group="Optimizer"
    )
    gradient_clip: float = common.gradient_clip(1.0, group="Optimizer")

    log_every: int = common.log_every(group="Output")
    validate_every: int = common.validate_every(
        500,
        "updates between validations, each with a checkpoint",
        flag=("--validate-interval-updates", "--save-interval-updates"),
        group="Output",
    )
    validation_pairs: int = _output(
        200, "most validation pairs of a direction; 0: all", flag="--validation-pairs"
    )
    translated_pairs: int = _output(
        20, "of these, pairs that are translated and scored; 0: all", flag="--translated-pairs"
    )
    patience: int = _output(
        10, "stop after N validations without a better mean chrF++ (0: never)", flag="--patience"
    )
    keep_checkpoints: int = common.keep_checkpoints(
        1, "newest checkpoints that are kept beside the best; -1: all", group="Output"
    )

    threads: int = common.threads(group="Output")
    fairseq: list[str] = common.fairseq(group="Output")


def finetune(checkpoint: Path, data: Path, output: Path, config: FinetuneConfig) -> dict[str, Any]:
    """Train from a checkpoint on a folder of `mswitch bitext`, in the run folder `output`.

    Continues or skips it; returns the summary. Raises InputError for bad settings, missing data, a
    checkpoint and a tokenizer that do not belong together, or a folder made differently;
    SystemExit with its exit code when training fails, which has then said why; KeyboardInterrupt.
    """
    check(config)
    inputs = {"checkpoint": checkpoint, "data": data}
    if config.pretraining_data:
        inputs["pretraining_data"] = Path(config.pretraining_data) / "shards"
    made_from = folders.fingerprint(last_step.lasting(config), inputs)

    def train(folder: Path) -> dict[str, Any]:
        tokenizer = data / convert.TOKENIZER
        _check_tokenizer(checkpoint, tokenizer)
        model = common.shape_flags(checkpoint)
        convert.copy_tokenizer(tokenizer, folder, made_from)
        given = [*model, "--initialise-from", str(checkpoint), *flags(config, folder)]
        last_step.to_end(folder, config.steps, [str(data), *given], partial(has_stopped, config))
        return best(folder)

    goes_on = last_step.goes_on(config, output)
    return folders.made(output, made_from, train, title="finetune", continued=True, goes_on=goes_on)


def check(config: FinetuneConfig) -> None:
    """Raise InputError for a value out of range."""
    settings.check(config)
    if not 2 <= config.longest <= config.max_tokens:
        raise InputError(
            f"longest is {config.longest}: it must be at least 2, and at most max_tokens, "
            f"{config.max_tokens}"
        )
    if bool(config.pretraining_share) != bool(config.pretraining_data):
        raise InputError("pretraining_share and pretraining_data go together: give both or neither")


def flags(config: FinetuneConfig, folder: Path) -> list[str]:
    """The arguments of `python -m models.train` behind the data folder and the architecture."""
    return [*_ALWAYS, *common.training_flags(config, folder)]


def _check_tokenizer(checkpoint: Path, tokenizer: Path) -> None:
    from models.weights.checkpoint import read  # torch takes a second to import
    from models.weights.vocabulary import check_tokenizer

    check_tokenizer(read(checkpoint), checkpoint, tokenizer)


def has_stopped(config: FinetuneConfig, folder: Path) -> bool:
    """Whether early stopping ended a run: `patience` validations without a better mean chrF++."""
    from pipeline.evaluate.runs.metrics import read_run  # numpy takes a moment to import

    if not config.patience:
        return False
    scores = [fmean(validation.chrf.values()) for validation in read_run(folder).validations]
    return len(scores) - 1 - scores.index(max(scores)) >= config.patience


def best(folder: Path) -> dict[str, Any]:
    """Of a finished run: its steps, those of the best validation, and that one's mean chrF++.

    Of two alike the later one, which is what fairseq keeps in checkpoint_best.pt.
    """
    from pipeline.evaluate import translation_quality  # numpy takes a moment to import
    from pipeline.evaluate.runs.metrics import read_run

    run = read_run(folder)
    validation = translation_quality.best(run) or run.last
    score = fmean(validation.chrf.values())
    steps = {"steps": int(run.last.cost.steps), "best_step": int(validation.cost.steps)}
    return {**steps, "chrf++": round(score, 2)}
