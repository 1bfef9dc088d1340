"""`python -m models.store_probabilities --top K --disk-limit-gb N DATA --teacher FILE ...`

Stores a teacher's probabilities for the sequences that a training by the same flags will see, in
the folder of --save-dir. A job that was interrupted goes on behind its last whole part.
"""

import argparse
import shutil
import time
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

import models.tasks  # noqa: F401  (before anything of fairseq)

# isort: split
from fairseq import options, tasks
from fairseq.dataclass.utils import convert_namespace_to_omegaconf

from langs.errors import InputError
from models.costs import threads
from models.data.dictionary import PAD
from models.distillation.store import (
    Index,
    Stored,
    checks,
    part_folder,
    read_parts,
    token_bytes,
    write_index,
    write_part,
)
from models.distillation.teachers import load_teacher
from models.generation.incremental import inference
from models.layers.cross_entropy import BLOCK_TOKENS
from models.network.transformer import Transformer
from models.plugin.metrics_file import Progress, Totals

from .train import run

PART_BATCHES = 32  # what an interrupted job does again at most
SECONDS_BETWEEN_LINES = 10.0
Batch = tuple[int, list[int]]  # fairseq's epoch, and indices of the dataset in it


def main() -> None:
    """Store by the flags in sys.argv; exit code 2 and one line for bad input."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--top", type=int, required=True)
    parser.add_argument("--disk-limit-gb", type=float, required=True)
    own, flags = parser.parse_known_args()
    cfg = convert_namespace_to_omegaconf(
        options.parse_args_and_arch(options.get_training_parser(), flags)
    )
    Job(cfg, own.top).store(own.disk_limit_gb * 1e9)


class Job:
    """A job: task, data, teacher and number of pieces."""

    def __init__(self, cfg: Any, top: int) -> None:
        """Raises InputError for unusable data, teacher or number of pieces."""
        self.cfg, self.folder = cfg, Path(cfg.checkpoint.save_dir)
        self.task = tasks.setup_task(cfg.task)
        self.task.load_dataset("train")
        self.dataset = self.task.dataset("train")
        self.vocabulary_size = len(self.task.source_dictionary)
        if not 1 <= top <= self.vocabulary_size:
            raise InputError(
                f"top is {top}: give 1 to {self.vocabulary_size}, the pieces there are"
            )
        self.top = top
        self.teacher = load_teacher(Path(cfg.criterion.teacher), self.task.source_dictionary)
        threads.use(self.teacher.config, cfg.task.threads)
        if torch.cuda.is_available() and not cfg.common.cpu:
            self.teacher.cuda()
        if cfg.common.bf16:
            self.teacher.bfloat16()

    def store(self, disk_limit_bytes: float) -> None:
        """Write the parts that are missing, then the index. Raises InputError for want of space."""
        optimization, devices = self.cfg.optimization, self.cfg.distributed_training
        total = optimization.max_update * optimization.update_freq[0]
        total *= max(1, devices.distributed_world_size)
        batches = islice(self.batches(), total)
        totals, progress = Totals(), Progress("probabilities", total)
        said = time.monotonic()
        for number in range(-(-total // PART_BATCHES)):
            part = list(islice(batches, PART_BATCHES))
            totals.step += len(part)
            if part_folder(self.folder, number).exists():
                continue
            if progress.start is None:
                self.check_space(part[0], total, disk_limit_bytes)
                progress.begin(totals)
            rows = [row for batch in part for row in self.rows(batch, totals)]
            write_part(self.folder, number, rows, self.vocabulary_size)
            if time.monotonic() - said > SECONDS_BETWEEN_LINES:
                progress.show(totals)
                said = time.monotonic()
        write_index(self.folder, self.index())

    def batches(self) -> Iterator[Batch]:
        """The batches of training in their order, without end."""
        settings = self.cfg.dataset
        for epoch in count(1):
            self.dataset.set_epoch(epoch)
            iterator = self.task.get_batch_iterator(
                self.dataset,
                max_tokens=settings.max_tokens,
                max_sentences=settings.batch_size,
                seed=self.cfg.common.seed,
                epoch=epoch,
            )
            yield from ((epoch, batch) for batch in iterator.frozen_batches)

    def sample(self, batch: Batch) -> dict[str, Any]:
        """The collated batch, as training sees it."""
        epoch, indices = batch
        self.dataset.set_epoch(epoch)
        sample: dict[str, Any] = self.dataset.collater([self.dataset[i] for i in indices])
        return sample

    def check_space(self, batch: Batch, batches: int, limit_bytes: float) -> None:
        """Raises InputError if this many batches like this one exceed the limit or the disk."""
        tokens = batches * int(self.sample(batch)["ntokens"])
        needed = tokens * token_bytes(self.vocabulary_size, self.top)
        room = min(limit_bytes, shutil.disk_usage(self.folder).free)
        if needed > room:
            raise InputError(
                f"{self.folder}: {tokens:,} target tokens with {self.top} pieces each need "
                f"{needed / 1e9:.1f} GB, and there may be {room / 1e9:.1f} GB; give a "
                "smaller --top or a larger --disk-limit-gb, or take another disk"
            )

    def rows(self, batch: Batch, totals: Totals) -> list[Stored]:
        """The sequences of a batch with their most probable pieces."""
        sample = self.sample(batch)
        device = self.teacher.embedding.weight.device
        inputs = [sample["net_input"][name] for name in ("src_tokens", "prev_output_tokens")]
        target = sample["target"]
        real = target != PAD
        with inference(self.teacher):
            hidden = self.teacher(*(tokens.to(device) for tokens in inputs)).hidden
            pieces = top_pieces(self.teacher, hidden[real.to(device)], self.top)
        lengths = real.sum(dim=1).tolist()
        totals.tokens += int((inputs[0] != PAD).sum()) + sum(lengths)
        ids, values = (tensor.cpu().split(lengths) for tensor in pieces)
        numbers = zip(sample["id"].tolist(), checks(sample), ids, values, strict=True)
        return [Stored(n, check, i.numpy(), v.numpy()) for n, check, i, v in numbers]

    def index(self) -> Index:
        """The index of all stored parts."""
        sequences, tokens, mass = 0, 0, 0.0
        for part in read_parts(self.folder):
            sequences += len(part["numbers"])
            tokens += len(part["ids"])
            mass += float(np.exp(part["log_probabilities"], dtype=np.float32).sum())
        return Index(
            order=self.task.data_order,
            vocabulary_size=self.vocabulary_size,
            top=self.top,
            sequences=sequences,
            tokens=tokens,
            mean_mass=mass / max(1, tokens),
        )


def top_pieces(model: Transformer, hidden: Tensor, top: int) -> tuple[Tensor, Tensor]:
    """ids int64 and log probabilities float32 [N, K], most probable first, for states [N, D]."""
    blocks = [
        model.logits(block).float().log_softmax(dim=-1).topk(top)
        for block in hidden.split(BLOCK_TOKENS)
    ]
    return torch.cat([b.indices for b in blocks]), torch.cat([b.values for b in blocks])


if __name__ == "__main__":
    run(main)
