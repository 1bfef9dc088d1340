"""The base of the tasks: metrics, routing counts, and the position in the data of a run.

A task adds its data and their order; fairseq's hooks are here.
"""

import hashlib
import json
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch
from fairseq.data import iterators
from fairseq.dataclass import FairseqDataclass
from fairseq.logging import metrics
from fairseq.tasks import FairseqTask
from omegaconf import II

from models.costs import threads
from models.costs.counts import (
    Lengths,
    active_parameters,
    parameters,
    training_flops_per_token,
    weights,
)
from models.data.dictionary import SentinelDictionary
from models.data.examples import ExampleDataset
from models.formats.run_folder import METRICS
from models.layers.experts.router import processes
from models.plugin import device
from models.plugin.expert_changes import ExpertChanges, sampled_every
from models.plugin.learning_rates import ROUTER, mark, scaled_updates
from models.plugin.metrics_file import MetricsFile, Progress, Totals, write_sequences
from models.plugin.model import SwitchTransformer, option
from models.plugin.routing_counts import RoutingCounts, has_routers
from models.plugin.step_clock import StepClock
from models.plugin.tensorboard import hide_points_beyond

VERSIONS_OF = ("torch", "fairseq", "numpy", "mswitch")


@dataclass
class RecordedTaskConfig(FairseqDataclass):
    """fairseq's own options that a task needs, and those of all tasks."""

    cpu: bool = II("common.cpu")
    seed: int = II("common.seed")
    log_interval: int = II("common.log_interval")
    save_dir: str = II("checkpoint.save_dir")
    max_update: int = II("optimization.max_update")
    threads: int = option(0, "threads of a process on a CPU (0: the fastest number)")
    router_learning_rate_scale: float = option(1.0, "factor of the routers' learning rate")


class RecordedTask(FairseqTask):
    """A task with one vocabulary whose runs write metrics.jsonl and can be continued."""

    order_settings: tuple[str, ...] = ("seed",)  # options that the training sequences follow from

    def __init__(
        self,
        cfg: RecordedTaskConfig,
        dictionary: SentinelDictionary,
        lengths: Lengths,
        data_sha256: str,
    ) -> None:
        """lengths: mean tokens of a sequence pair, for FLOPs; data_sha256: for the run line."""
        super().__init__(cfg)
        self.dictionary, self.lengths, self.data_sha256 = dictionary, lengths, data_sha256
        self.totals = Totals()
        self.clock = StepClock()
        self.metrics_file: MetricsFile | None = None
        self.sequences: list[list[float]] = []  # of the validation that is going on
        self.routing: RoutingCounts | None = None  # of the same, for a sparse model
        self.changes = ExpertChanges(Path(cfg.save_dir))  # since the validation before
        self.progress = Progress(Path(cfg.save_dir).name, cfg.max_update)

    @property
    def source_dictionary(self) -> SentinelDictionary:
        """The one vocabulary of sources and targets."""
        return self.dictionary

    target_dictionary = source_dictionary

    @property
    def on_gpu(self) -> bool:
        """Whether the run computes on GPUs."""
        return torch.cuda.is_available() and not self.cfg.cpu

    @property
    def data_order(self) -> dict[str, Any]:
        """The settings from which every training sequence follows, as plain values."""
        settings = {name: getattr(self.cfg, name) for name in self.order_settings}
        return {"data_sha256": self.data_sha256, **settings}

    def build_model(self, cfg: Any, from_checkpoint: bool = False) -> SwitchTransformer:
        """The model; also sets up the metrics file, for which its FLOPs are counted."""
        model = super().build_model(cfg, from_checkpoint)
        threads.use(model.transformer.config, self.cfg.threads)
        mark(model)
        flops = training_flops_per_token(model.transformer, self.lengths)
        self.metrics_file = MetricsFile(Path(self.cfg.save_dir) / METRICS, flops)
        self.architecture = getattr(cfg, "arch", None) or cfg._name
        return model

    def batch_iterator(
        self,
        dataset: ExampleDataset,
        batches: Sequence[Sequence[int]],
        num_shards: int = 1,
        shard_id: int = 0,
        num_workers: int = 0,
        epoch: int = 1,
        data_buffer_size: int = 0,
        seed: int = 1,
        **kwargs: Any,
    ) -> "CountingBatchIterator":
        """An iterator of these batches in this order; several devices take them in turn.

        A worker process makes the training batches of a GPU ahead of it. Validations, of which a
        run has many, and trainings on a CPU, whose cores a worker would only share, have none.
        """
        ahead = dataset is self.datasets.get("train") and self.on_gpu
        return CountingBatchIterator(
            totals=self.totals,
            dataset=dataset,
            collate_fn=dataset.collater,
            batch_sampler=batches,
            seed=seed,
            num_shards=num_shards,
            shard_id=shard_id,
            num_workers=num_workers if ahead else 0,
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
            if self.totals.step:
                self.changes.go_on()
            if processes() > 1:
                self.totals.processor_seconds = None  # this process knows its own alone
            hide_points_beyond(self.totals.step)
            if is_first_rank() and self.metrics_file is not None:
                self.metrics_file.begin(self.describe_run(model), self.totals.step)

    def train_step(self, *args: Any, **kwargs: Any) -> Any:
        """fairseq's forward and backward; starts the clock of the update.

        An update that overflows in float16 is not counted; its time is the next one's.
        """
        self.clock.start()
        return super().train_step(*args, **kwargs)

    def optimizer_step(self, optimizer: Any, model: Any, update_num: int) -> None:
        """fairseq's update of the weights; routers may have a learning rate of their own."""
        factors = {ROUTER: self.cfg.router_learning_rate_scale}
        with scaled_updates(optimizer, model, factors):
            super().optimizer_step(optimizer, model, update_num)

    def reduce_metrics(self, logging_outputs: Sequence[dict[str, Any]], criterion: Any) -> None:
        """fairseq's hook after every update and every validation batch."""
        super().reduce_metrics(logging_outputs, criterion)
        if any("sequences" in log for log in logging_outputs):  # of a validation batch
            self.log_languages(logging_outputs)
            return
        self.totals.add(logging_outputs, self.clock.stop())
        if self.totals.step % self.cfg.log_interval == 0 and is_first_rank():
            self.write_train_line()

    def write_train_line(self) -> None:
        """Write the means over the logging interval to the file and the screen."""
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
            dataset = self.datasets["valid"]
            every = sampled_every(len(dataset), max(self.lengths))
            languages = len(dataset.languages)
            self.routing = RoutingCounts(model, languages, len(self.dictionary), every)

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
        """fairseq's hook after a validation: per-language sums to the file and TensorBoard.

        The sums of each sequence go to a file that holds the last validation only.
        """
        codes, languages = self.datasets["valid"].languages, self.language_sums(agg)
        for code, sums in languages.items():
            stats[f"neg_log_perplexity/{code}"] = -sums["nll_sum"] / sums["tokens"]
        values: dict[str, Any] = {"languages": languages}
        if self.routing:
            values["routers"] = self.finish_routing(self.routing, stats, codes)
        if is_first_rank() and self.metrics_file is not None:
            write_sequences(Path(self.cfg.save_dir), self.totals.step, codes, self.sequences)
            self.metrics_file.append("valid", self.totals, values)
        self.sequences, self.routing = [], None

    def language_sums(self, agg: Any) -> dict[str, dict[str, float]]:
        """Nats, target tokens and text bytes of each language, as `log_languages` kept them."""
        languages = {}
        for index, code in enumerate(self.datasets["valid"].languages):
            if f"_{index}/tokens" in agg:
                nll, tokens, size = (
                    agg[f"_{index}/{name}"].sum for name in ("nll_sum", "tokens", "bytes")
                )
                languages[code] = {"nll_sum": nll, "tokens": int(tokens), "bytes": int(size)}
        return languages

    def finish_routing(
        self, counts: RoutingCounts, stats: dict[str, Any], codes: Sequence[str]
    ) -> dict[str, dict[str, float | None]]:
        """Write this validation's counts to their file, and figures by language to TensorBoard.

        Returns, and gives to TensorBoard, `mean_gate` and `changed_share` of each router.
        """
        counts.close()
        for name in ("dropped_share", "effective_experts"):
            values = zip(codes, getattr(counts, name)(), strict=True)
            stats.update({f"{name}/{code}": value for code, value in values})
        if is_first_rank():
            symbols = self.dictionary.symbols
            counts.write(Path(self.cfg.save_dir), self.totals.step, codes, symbols)
        changed = self.changes.shares(self.totals.step, counts.choices())
        routers: dict[str, dict[str, float | None]] = {
            name: {"mean_gate": gate, "changed_share": share}
            for name, gate, share in zip(counts.names, counts.mean_gate(), changed, strict=True)
        }
        for router, figures in routers.items():
            place = router.replace(" ", "_")
            stats.update({f"{name}/{place}": v for name, v in figures.items() if v is not None})
        return routers

    def describe_run(self, model: SwitchTransformer) -> dict[str, Any]:
        """The `run` line of metrics.jsonl."""
        config = model.transformer.config
        held = weights(model.transformer)
        settings = {"model": asdict(config), "command": sys.argv[1:]}
        assert self.metrics_file is not None
        return {
            "architecture": self.architecture,
            "parameters": parameters(held),
            "active_parameters": active_parameters(held),
            "flops_per_token": self.metrics_file.flops_per_token,
            "experts": config.experts,
            "seed": self.cfg.seed,
            "device": device.describe(next(model.parameters()).device),
            "versions": {"python": platform.python_version(), **installed_versions()},
            "data_sha256": self.data_sha256,
            "config_sha256": hashlib.sha256(json.dumps(settings).encode()).hexdigest(),
            "config": settings,
        }

    def max_positions(self) -> None:
        """None: relative positions have no limit."""


class CountingBatchIterator(iterators.EpochBatchIterator):
    """fairseq's iterator; the run's totals travel in checkpoints with its position.

    (fairseq saves a task's own state too, but does not load it when training goes on.)
    """

    dataloader: Any

    def __init__(self, totals: Totals, **options: Any) -> None:
        super().__init__(reuse_dataloader=True, **options)  # that is, it stays in self.dataloader
        self.totals = totals

    def _get_iterator_for_epoch(self, *args: Any, **options: Any) -> Any:
        """fairseq's iterator of an epoch; the workers of the last epoch end first.

        Each epoch has workers of its own, which hold its order of the data. fairseq leaves them to
        the garbage collector, for which training stands still seconds at a time.
        """
        if self.dataloader is not None and self.dataloader._iterator is not None:
            self.dataloader._iterator._shutdown_workers()
        self.dataloader = None
        return super()._get_iterator_for_epoch(*args, **options)

    @property
    def first_batch(self) -> dict[str, Any]:
        """A batch to compute, uncounted, while other processes have one batch more."""
        return {**super().first_batch, "is_filler": True}

    def state_dict(self) -> dict[str, Any]:
        """Position in the data and totals, plain values."""
        return {**super().state_dict(), "totals": asdict(self.totals)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on, and go on counting, where the checkpoint was saved."""
        vars(self.totals).update({"processor_seconds": None} | state_dict["totals"])
        super().load_state_dict(state_dict)


def is_first_rank() -> bool:
    """Whether this process writes the files."""
    return not torch.distributed.is_initialized() or torch.distributed.get_rank() == 0


def installed_versions() -> dict[str, str]:
    """Versions of the packages a result depends on; those not installed are left out."""
    versions = {}
    for name in VERSIONS_OF:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions
