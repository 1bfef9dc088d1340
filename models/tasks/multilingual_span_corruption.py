"""fairseq task: T5's span corruption over many languages, drawn by the mixture of the shards."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fairseq.tasks import register_task
from omegaconf import MISSING

from langs.errors import InputError

from ..costs import Lengths
from ..data.dictionary import SENTINELS, SentinelDictionary
from ..data.packed_dataset import PackedDataset, SpanCorruption, TrainingDataset, ValidationDataset
from ..data.shards import Shards
from ..data.span_corruption import corrupted_lengths, noise_counts, text_tokens_for
from ..fairseq_model import option
from .recorded_task import CountingBatchIterator, RecordedTask, RecordedTaskConfig


@dataclass
class MultilingualSpanCorruptionConfig(RecordedTaskConfig):
    """Options of the task."""

    data: str = field(default=MISSING, metadata={"help": "folder that `mswitch prepare` wrote"})
    source_tokens: int = option(512, "length of a packed source sequence, in tokens")
    noise_density: float = option(0.15, "share of the tokens that are hidden")
    mean_span_tokens: float = option(3.0, "mean length of a hidden span, in tokens")
    validation_sequences: int = option(0, "most validation sequences a language; 0 is all")
    epoch_sequences: int = option(65536, "training sequences that fairseq calls an epoch")


@register_task("multilingual_span_corruption", dataclass=MultilingualSpanCorruptionConfig)
class MultilingualSpanCorruption(RecordedTask):
    """Data, order of batches and metrics of a pretraining run."""

    order_settings = ("seed", "source_tokens", "noise_density", "mean_span_tokens")

    def __init__(
        self, cfg: MultilingualSpanCorruptionConfig, shards: Shards, dictionary: SentinelDictionary
    ) -> None:
        self.shards = shards
        self.corruption = span_corruption(cfg, dictionary.first_sentinel)
        lengths = corrupted_lengths(
            self.corruption.text_tokens, self.corruption.density, self.corruption.mean_span
        )
        super().__init__(cfg, dictionary, Lengths(*lengths), shards.sha256)

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
        self, dataset: PackedDataset, max_sentences: int | None = None, **options: Any
    ) -> CountingBatchIterator:
        """Batches of consecutive sequences in their own order, so that every run sees the same."""
        if max_sentences is None:
            raise InputError("--batch-size is needed: sequences are packed, so it fixes the tokens")
        return self.batch_iterator(dataset, dataset.batches(max_sentences), **options)


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
