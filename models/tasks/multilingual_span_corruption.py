"""fairseq task: T5's span corruption over many languages, drawn by the mixture of the shards."""

import hashlib
import json
import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch
from fairseq.data import iterators
from fairseq.dataclass import FairseqDataclass
from fairseq.logging import metrics
from fairseq.tasks import FairseqTask, register_task
from omegaconf import II, MISSING

from langs.errors import InputError

from ..costs import Lengths, active_parameters, parameters, training_flops_per_token, weights
from ..data.dictionary import SENTINELS, SentinelDictionary
from ..data.packed_dataset import PackedDataset, SpanCorruption, TrainingDataset, ValidationDataset
from ..data.shards import Shards
from ..data.span_corruption import corrupted_lengths, noise_counts, text_tokens_for
from ..fairseq_model import SwitchTransformer, option
from ..metrics import MetricsFile, Progress, Totals, write_sequences
from ..routing_counts import RoutingCounts, has_routers

METRICS_NAME = "metrics.jsonl"
VERSIONS_OF = ("torch", "fairseq", "numpy", "mswitch")


@dataclass
class MultilingualSpanCorruptionConfig(FairseqDataclass):
    """Options of the task."""

    data: str = field(default=MISSING, metadata={"help": "folder that `mswitch prepare` wrote"})
    source_tokens: int = option(512, "length of a packed source sequence, in tokens")
    noise_density: float = option(0.15, "share of the tokens that are hidden")
    mean_span_tokens: float = option(3.0, "mean length of a hidden span, in tokens")
    validation_sequences: int = option(0, "most validation sequences a language; 0 is all")
    epoch_sequences: int = option(65536, "training sequences that fairseq calls an epoch")
    seed: int = II("common.seed")
    log_interval: int = II("common.log_interval")
    save_dir: str = II("checkpoint.save_dir")
    max_update: int = II("optimization.max_update")


@register_task("multilingual_span_corruption", dataclass=MultilingualSpanCorruptionConfig)
class MultilingualSpanCorruption(FairseqTask):
    """Data, order of batches and metrics of a pretraining run."""

    def __init__(
        self, cfg: MultilingualSpanCorruptionConfig, shards: Shards, dictionary: SentinelDictionary
    ) -> None:
        super().__init__(cfg)
        self.shards, self.dictionary = shards, dictionary
        self.corruption = span_corruption(cfg, dictionary.first_sentinel)
        self.totals = Totals()
        self.step_started: float | None = None
        self.metrics_file: MetricsFile | None = None
        self.sequences: list[list[float]] = []  # of the validation that is going on
        self.routing: RoutingCounts | None = None  # of the same, for a sparse model
        self.progress = Progress("", cfg.max_update)

    @classmethod
    def setup_task(
        cls, cfg: MultilingualSpanCorruptionConfig, **kwargs: Any
    ) -> "MultilingualSpanCorruption":
        """fairseq's constructor. Raises InputError when the data folder is not complete."""
        data = Path(cfg.data)
        shards = Shards(data)
        dictionary = SentinelDictionary.read(data / "tokenizer" / "dict.txt")
        if len(dictionary) != shards.vocabulary_size:
            raise InputError(
                f"{data}: tokenizer/dict.txt has {len(dictionary)} pieces, shards/ was made with "
                f"{shards.vocabulary_size}; run `mswitch prepare` again"
            )
        return cls(cfg, shards, dictionary)

    @property
    def source_dictionary(self) -> SentinelDictionary:
        """The one vocabulary of sources and targets."""
        return self.dictionary

    @property
    def target_dictionary(self) -> SentinelDictionary:
        """The one vocabulary of sources and targets."""
        return self.dictionary

    def build_model(self, cfg: Any, from_checkpoint: bool = False) -> SwitchTransformer:
        """The model, and with it where and how metrics are written."""
        model = super().build_model(cfg, from_checkpoint)
        lengths = corrupted_lengths(
            self.corruption.text_tokens, self.corruption.density, self.corruption.mean_span
        )
        flops = training_flops_per_token(model.transformer, Lengths(*lengths))
        self.metrics_file = MetricsFile(Path(self.cfg.save_dir) / METRICS_NAME, flops)
        self.architecture = getattr(cfg, "arch", None) or cfg._name
        self.progress.name = Path(self.cfg.save_dir).name
        return model

    def load_dataset(self, split: str, **kwargs: Any) -> None:
        """Open a split: "train", or any other for validation."""
        streams = self.shards.streams(split)
        if split == "train":
            rates = {code: rate for code, rate in self.shards.rates.items() if code in streams}
            if not sum(rates.values()) > 0:
                raise InputError(f"{self.shards.folder / 'mixture.json'}: no language has a rate")
            streams = {code: stream for code, stream in streams.items() if code in rates}
            self.datasets[split] = TrainingDataset(
                streams, rates, self.corruption, self.cfg.epoch_sequences, self.cfg.seed
            )
        else:
            self.datasets[split] = ValidationDataset(
                streams, self.corruption, self.cfg.validation_sequences
            )

    def get_batch_iterator(
        self,
        dataset: PackedDataset,
        max_sentences: int | None = None,
        num_shards: int = 1,
        shard_id: int = 0,
        num_workers: int = 0,
        epoch: int = 1,
        data_buffer_size: int = 0,
        seed: int = 1,
        **kwargs: Any,
    ) -> "CountingBatchIterator":
        """Batches of consecutive sequences in their own order, so that every run sees the same."""
        if max_sentences is None:
            raise InputError("--batch-size is needed: sequences are packed, so it fixes the tokens")
        return CountingBatchIterator(
            totals=self.totals,
            dataset=dataset,
            collate_fn=dataset.collater,
            batch_sampler=dataset.batches(max_sentences),
            seed=seed,
            num_shards=num_shards,
            shard_id=shard_id,
            num_workers=num_workers,
            epoch=epoch,
            buffer_size=data_buffer_size,
            disable_shuffling=True,
        )

    def begin_epoch(self, epoch: int, model: SwitchTransformer) -> None:
        """fairseq's hook, called once the checkpoint (if any) is loaded: begin the metrics.

        Exits where a finished run is started again: fairseq would train one step more.
        """
        if 0 < self.cfg.max_update <= self.totals.step:
            sys.exit(0)
        if self.progress.start is None:
            self.progress.begin(self.totals)
            if is_first_rank() and self.metrics_file is not None:
                self.metrics_file.begin(self.describe_run(model), self.totals.step)

    def train_step(self, *args: Any, **kwargs: Any) -> Any:
        """fairseq's forward and backward; starts the clock of the update."""
        if self.step_started is None:
            self.step_started = time.monotonic()
        return super().train_step(*args, **kwargs)

    def reduce_metrics(self, logging_outputs: Sequence[dict[str, Any]], criterion: Any) -> None:
        """fairseq's hook behind every update and every validation batch."""
        super().reduce_metrics(logging_outputs, criterion)
        if self.step_started is None:
            self.log_languages(logging_outputs)
            return
        self.totals.add(logging_outputs, time.monotonic() - self.step_started)
        self.step_started = None
        if self.totals.step % self.cfg.log_interval == 0 and is_first_rank():
            self.write_train_line()

    def write_train_line(self) -> None:
        """Means over the logging interval, to the file and the screen."""
        means = self.totals.take_interval()
        values = {
            **means,
            "learning_rate": metrics.get_meter("train_inner", "lr").val,
            "gradient_norm": float(metrics.get_meter("train_inner", "gnorm").avg),
        }
        assert self.metrics_file is not None
        self.metrics_file.append("train", self.totals, values)
        self.progress.show(self.totals, means["loss"])

    def begin_valid_epoch(self, epoch: int, model: SwitchTransformer) -> None:
        """fairseq's hook before a validation: begin to count what the routers do."""
        if has_routers(model):
            languages = len(self.datasets["valid"].languages)
            self.routing = RoutingCounts(model, languages, len(self.dictionary))

    def valid_step(self, sample: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """fairseq's forward in validation; counts the batch unless it only fills a gap."""
        output = super().valid_step(sample, *args, **kwargs)
        if self.routing and not sample.get("is_filler"):
            self.routing.add(sample)
        return output

    def log_languages(self, logging_outputs: Sequence[dict[str, Any]]) -> None:
        """Keep sums by language in fairseq's meters; a leading _ keeps them off the screen."""
        for log in logging_outputs:
            rows = log["sequences"]
            self.sequences += rows.tolist()
            for index in rows[:, 0].unique():
                sums = rows[rows[:, 0] == index, 1:].sum(dim=0).tolist()
                for name, value in zip(("nll_sum", "tokens", "bytes"), sums, strict=True):
                    metrics.log_scalar_sum(f"_{int(index)}/{name}", value)

    def post_validate(self, model: Any, stats: dict[str, Any], agg: Any) -> None:
        """fairseq's hook behind a validation: per-language sums to the file and TensorBoard.

        The sums of each sequence go to a file that holds the last validation only.
        """
        codes = self.datasets["valid"].languages
        languages: dict[str, dict[str, float]] = {}
        for index, code in enumerate(codes):
            if f"_{index}/tokens" in agg:
                nll, tokens, size = (
                    agg[f"_{index}/{name}"].sum for name in ("nll_sum", "tokens", "bytes")
                )
                languages[code] = {"nll_sum": nll, "tokens": int(tokens), "bytes": int(size)}
                stats[f"neg_log_perplexity/{code}"] = -nll / tokens
        if self.routing:
            self.finish_routing(self.routing, stats, codes)
        if is_first_rank() and self.metrics_file is not None:
            write_sequences(Path(self.cfg.save_dir), self.totals.step, codes, self.sequences)
            self.metrics_file.append("valid", self.totals, {"languages": languages})
        self.sequences, self.routing = [], None

    def finish_routing(
        self, counts: RoutingCounts, stats: dict[str, Any], codes: Sequence[str]
    ) -> None:
        """The counts of this validation to their file, two figures a language to TensorBoard."""
        counts.close()
        for name in ("dropped_share", "effective_experts"):
            values = zip(codes, getattr(counts, name)(), strict=True)
            stats.update({f"{name}/{code}": value for code, value in values})
        if is_first_rank():
            symbols = self.dictionary.symbols
            counts.write(Path(self.cfg.save_dir), self.totals.step, codes, symbols)

    def describe_run(self, model: SwitchTransformer) -> dict[str, Any]:
        """The `run` line of metrics.jsonl."""
        config = model.transformer.config
        of = weights(model.transformer)
        settings = {"model": asdict(config), "command": sys.argv[1:]}
        assert self.metrics_file is not None
        return {
            "architecture": self.architecture,
            "parameters": parameters(of),
            "active_parameters": active_parameters(of),
            "flops_per_token": self.metrics_file.flops_per_token,
            "experts": config.experts,
            "seed": self.cfg.seed,
            "versions": {"python": platform.python_version(), **installed_versions()},
            "data_sha256": self.shards.sha256,
            "config_sha256": hashlib.sha256(json.dumps(settings).encode()).hexdigest(),
            "config": settings,
        }

    def max_positions(self) -> None:
        """Relative positions have no limit."""


def span_corruption(cfg: MultilingualSpanCorruptionConfig, first_sentinel: int) -> SpanCorruption:
    """How texts are corrupted. Raises InputError when there are more spans than sentinels."""
    settings = cfg.noise_density, cfg.mean_span_tokens
    text_tokens = text_tokens_for(cfg.source_tokens, *settings)
    spans = noise_counts(text_tokens, *settings)[1]
    if spans > SENTINELS:
        raise InputError(
            f"source_tokens {cfg.source_tokens}: {spans} hidden spans, but there are {SENTINELS} "
            "sentinels; give fewer source_tokens or a larger mean_span_tokens"
        )
    return SpanCorruption(text_tokens, *settings, first_sentinel)


class CountingBatchIterator(iterators.EpochBatchIterator):
    """fairseq's iterator; the run's totals travel in checkpoints with its position.

    (fairseq saves a task's own state too, but does not load it when training goes on.)
    """

    def __init__(self, totals: Totals, **options: Any) -> None:
        super().__init__(**options)
        self.totals = totals

    @property
    def first_batch(self) -> dict[str, Any]:
        """What a process computes, uncounted, while others have one batch more than it."""
        return {**super().first_batch, "is_filler": True}

    def state_dict(self) -> dict[str, Any]:
        """Position in the data and totals, plain values."""
        return {**super().state_dict(), "totals": asdict(self.totals)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on, and go on counting, where the checkpoint was saved."""
        vars(self.totals).update(state_dict["totals"])
        super().load_state_dict(state_dict)


def is_first_rank() -> bool:
    """Whether this process writes the files."""
    return not torch.distributed.is_initialized() or torch.distributed.get_rank() == 0


def installed_versions() -> dict[str, str]:
    """Versions of the packages a result depends on; those not installed are left out."""
    found = {}
    for name in VERSIONS_OF:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
