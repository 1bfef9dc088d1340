"""Fine-tuning for translation as a stage: its settings, and the fairseq flags they become."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

from langs.errors import InputError
from pipeline.stages import folders
from pipeline.stages.progress import say
from pipeline.training import convert, process
from pipeline.training import flags as training_flags

FREEZABLE = (
    "none",
    "embeddings",
    "encoder",
    "experts",
    "all-but-experts",
)  # models.weights.freezing's


@dataclass
class FinetuneConfig:
    """One fine-tuning run; the model's shape comes from the checkpoint. Dense models have no use
    for the settings of experts, so that both kinds have one recipe."""

    # Regularisation
    dropout: float = 0.1  # outside the experts (Switch, section 4)
    expert_dropout: float = 0.4  # inside the experts (Table 4)
    expert_masking: float = 0.0  # share of tokens without their experts' output (NLLB)
    label_smoothing: float = 0.1  # share of the loss that wants every piece alike
    freeze: str = "none"  # one of FREEZABLE
    balance_weight: float = 0.01  # of the load-balancing loss
    z_weight: float = 0.001  # of the router z-loss
    capacity_factor: str | None = None  # a number, or "none"; None = the checkpoint's
    eval_capacity_factor: str | None = None  # the same in validation

    # Data
    max_tokens: int = 4096  # of a batch and process, on either side, padding too
    longest: int = 256  # tokens of a source or target; what is more is cut off
    pretraining_data: str | None = None  # folder of `mswitch prepare`, to go on pretraining beside
    pretraining_share: float = 0.0  # of the sequences
    pretraining_tokens: int = 128  # of such a sequence's source
    steps: int = 10_000  # updates at most
    seed: int = 1  # of new rows, data order and noise

    # Optimizer
    optimizer: str = "adafactor"  # or "adamw"
    learning_rate: float = 0.001
    schedule: str = "constant"  # behind the warm-up, of training_flags.SCHEDULES
    warmup_steps: int = 100  # from 0 in a line, at least 1
    gradient_clip: float = 1.0  # largest norm of the gradient; 0 = any

    # What is written when
    log_every: int = 100  # updates between train lines of metrics.jsonl
    validate_every: int = 500  # updates between validations, each with a checkpoint
    validation_pairs: int = 200  # most validation pairs of a direction; 0 = all
    translated_pairs: int = 20  # of these so many are translated and scored; 0 = all
    patience: int = 10  # validations without a better mean chrF++ that end the run; 0 = none do
    keep_checkpoints: int = 1  # newest checkpoints that stay beside the best; -1 = all

    fairseq: list[str] = field(default_factory=list)  # further flags for fairseq


_FLAGS = {
    "dropout": "--dropout",
    "expert_dropout": "--expert-dropout",
    "expert_masking": "--expert-masking",
    "label_smoothing": "--label-smoothing",
    "freeze": "--freeze",
    "max_tokens": "--max-tokens",
    "longest": "--longest",
    "pretraining_data": "--pretraining-data",
    "pretraining_share": "--pretraining-share",
    "pretraining_tokens": "--pretraining-tokens",
    "save_every": "--save-interval-updates",
    "validation_pairs": "--validation-pairs",
    "translated_pairs": "--translated-pairs",
    "patience": "--patience",
}
_NEVER = str(10**9)  # epochs: validations and checkpoints come by updates alone
_ALWAYS = (
    *("--task", "tagged_translation"),
    *("--best-checkpoint-metric", "chrf", "--maximize-best-checkpoint-metric"),
    *("--validate-interval", _NEVER, "--save-interval", _NEVER),
)


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
    made_from = folders.fingerprint(asdict(config), inputs)
    if folders.is_complete(output, made_from):
        say(f"finetune: {output} is complete, nothing to do")
        return folders.read_summary(output)
    tokenizer = data / convert.TOKENIZER
    _check_tokenizer(checkpoint, tokenizer)
    model = training_flags.shape_flags(checkpoint)
    with folders.continued_folder(output, made_from) as folder:
        convert.copy_tokenizer(tokenizer, folder, made_from)
        given = [*model, "--initialise-from", str(checkpoint), *flags(config, folder)]
        process.to_end(folder, config.steps, [str(data), *given])
        summary = best(folder)
        folders.mark_complete(folder, made_from, summary)
    return summary


def check(config: FinetuneConfig) -> None:
    """Raises InputError for a value out of range."""
    training_flags.check(asdict(config), ("pretraining_tokens",))
    if config.freeze not in FREEZABLE:
        raise InputError(f"freeze is {config.freeze!r}: use one of {', '.join(FREEZABLE)}")
    for name in ("dropout", "expert_dropout", "expert_masking", "label_smoothing"):
        if not 0 <= getattr(config, name) < 1:
            raise InputError(f"{name} is {getattr(config, name)}: give 0 or more, less than 1")
    if not 2 <= config.longest <= config.max_tokens:
        raise InputError(
            f"longest is {config.longest}: it must be at least 2, and at most max_tokens, "
            f"{config.max_tokens}"
        )
    if not 0 <= config.pretraining_share < 1:
        raise InputError(f"pretraining_share is {config.pretraining_share}: give 0 to 0.99")
    if bool(config.pretraining_share) != bool(config.pretraining_data):
        raise InputError("pretraining_share and pretraining_data go together: give both or neither")


def flags(config: FinetuneConfig, folder: Path) -> list[str]:
    """The arguments of `python -m models.train` behind the data folder and the architecture."""
    values = {**asdict(config), "save_every": config.validate_every}
    given = training_flags.flags(values, _FLAGS, folder)
    return [*_ALWAYS, *training_flags.schedule_flags(config.schedule, config.steps), *given]


def _check_tokenizer(checkpoint: Path, tokenizer: Path) -> None:
    from models.weights.checkpoint import read  # torch takes a second to import
    from models.weights.vocabulary import check_tokenizer

    check_tokenizer(read(checkpoint), checkpoint, tokenizer)


def best(folder: Path) -> dict[str, Any]:
    """Of a finished run: its steps, those of the best validation, and that one's mean chrF++.

    Of two alike the later one, which is what fairseq keeps in checkpoint_best.pt.
    """
    from pipeline.evaluate import translation_quality  # numpy takes a moment to import
    from pipeline.evaluate.runs.metrics import read_run

    run = read_run(folder)
    found = translation_quality.best(run) or run.last
    score = fmean(found.chrf.values())
    steps = {"steps": int(run.last.cost.steps), "best_step": int(found.cost.steps)}
    return {**steps, "chrf++": round(score, 2)}
