"""fairseq task: T5's span corruption over many languages, drawn by the mixture of the shards."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fairseq.tasks import register_task
from omegaconf import MISSING

from langs.errors import InputError
from models.costs.counts import Lengths
from models.data.dictionary import SentinelDictionary
from models.data.packed_dataset import (
    PackedDataset,
    SpanCorruption,
    TrainingDataset,
    ValidationDataset,
)
from models.data.shards import Shards
from models.plugin.model import option

from .recorded_task import CountingBatchIterator, RecordedTask, RecordedTaskConfig


@dataclass
class MultilingualSpanCorruptionConfig(RecordedTaskConfig):
    """Options of the task."""

    data: str = field(default=MISSING, metadata={"help": "folder that `mswitch prepare` wrote"})
    source_tokens: int = option(512, "tokens of a packed source sequence")
    noise_density: float = option(0.15, "noise density: share of the tokens that is hidden")
    mean_span_tokens: float = option(3.0, "mean tokens of a hidden span")
    validation_sequences: int = option(0, "most validation sequences of a language (0: all)")
    epoch_sequences: int = option(65536, "training sequences of an epoch (fairseq's unit)")


@register_task("multilingual_span_corruption", dataclass=MultilingualSpanCorruptionConfig)
class MultilingualSpanCorruption(RecordedTask):
    """Data, order of batches and metrics of a pretraining run."""

    order_settings = ("seed", "source_tokens", "noise_density", "mean_span_tokens")

    def __init__(
        self, cfg: MultilingualSpanCorruptionConfig, shards: Shards, dictionary: SentinelDictionary
    ) -> None:
        self.shards = shards
        settings = cfg.source_tokens, cfg.noise_density, cfg.mean_span_tokens
        self.corruption = SpanCorruption.of(*settings, first_sentinel=dictionary.first_sentinel)
        lengths = Lengths(*self.corruption.lengths)
        super().__init__(cfg, dictionary, lengths, shards.sha256)

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

    def load_dataset(self, split: str, **kwargs: Any) -> None:
        """Open a split: "train", or any other for validation."""
        if split == "train":
            sequences, seed = self.cfg.epoch_sequences, self.cfg.seed
            self.datasets[split] = TrainingDataset.of(self.shards, self.corruption, sequences, seed)
        else:
            self.datasets[split] = ValidationDataset(
                self.shards.streams(split), self.corruption, self.cfg.validation_sequences
            )

    def get_batch_iterator(
        self, dataset: PackedDataset, max_sentences: int | None = None, **options: Any
    ) -> CountingBatchIterator:
        """An iterator of consecutive sequences in their own order, the same for every run."""
        if max_sentences is None:
            raise InputError("--batch-size is needed: sequences are packed, so it fixes the tokens")
        return self.batch_iterator(dataset, dataset.batches(max_sentences), **options)
