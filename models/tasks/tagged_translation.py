"""fairseq task: translation between many languages; a tag before the source names the target."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fairseq.logging import metrics
from fairseq.tasks import register_task
from fairseq_cli.train import should_stop_early
from omegaconf import II, MISSING

from langs.errors import InputError
from models.costs.counts import Lengths
from models.data.bitext import Bitext
from models.data.bitext_dataset import BitextDataset, Tagged, TrainingBitext, ValidationBitext
from models.data.dictionary import SentinelDictionary
from models.data.packed_dataset import SpanCorruption, TrainingDataset
from models.data.shards import Shards
from models.generation import translation_scores
from models.generation.translation import Search, translate
from models.plugin.model import SwitchTransformer, option
from models.tokenizer.folder import DICTIONARY, PAD, read_dictionary
from models.tokenizer.new_pieces import parts
from models.tokenizer.text_tokenizer import Tokenizer
from models.weights import checkpoint
from models.weights.freezing import FREEZABLE, freeze
from models.weights.vocabulary import check_extends, grown

from .recorded_task import CountingBatchIterator, RecordedTask, RecordedTaskConfig

Translated = tuple[int, str, str]
"""(index of the direction, translation, reference)"""


@dataclass
class TaggedTranslationConfig(RecordedTaskConfig):
    """Options of the task."""

    data: str = field(default=MISSING, metadata={"help": "folder that `mswitch bitext` wrote"})
    initialise_from: str = option("", "checkpoint with the first weights")
    freeze: str = option("none", "part of the model that is not trained: " + ", ".join(FREEZABLE))
    longest: int = option(256, "most tokens of a source or target; longer ones are cut")
    validation_pairs: int = option(200, "most validation pairs of a direction (0: all)")
    translated_pairs: int = option(20, "validation pairs that are translated (0: all)")
    pretraining_data: str = option("", "folder of `mswitch prepare` to mix pretraining from")
    pretraining_share: float = option(0.0, "share of pretraining among the sequences")
    pretraining_tokens: int = option(128, "tokens of a pretraining source sequence")
    epoch_sequences: int = option(16384, "sequences of an epoch; those of like length are batched")
    patience: int = II("checkpoint.patience")


@register_task("tagged_translation", dataclass=TaggedTranslationConfig)
class TaggedTranslation(RecordedTask):
    """Data, order of batches, metrics and translations of a fine-tuning run."""

    order_settings = (
        "seed",
        "longest",
        "pretraining_data",
        "pretraining_share",
        "pretraining_tokens",
    )

    def __init__(
        self,
        cfg: TaggedTranslationConfig,
        bitext: Bitext,
        dictionary: SentinelDictionary,
        tokenizer: Tokenizer,
    ) -> None:
        super().__init__(cfg, dictionary, Lengths(*bitext.mean_lengths()), bitext.sha256)
        self.bitext, self.tokenizer = bitext, tokenizer
        self.translated: list[Translated] = []  # in the validation that is going on
        self.scores: dict[str, dict[str, float]] = {}  # by direction, of the same

    @classmethod
    def setup_task(cls, cfg: TaggedTranslationConfig, **kwargs: Any) -> "TaggedTranslation":
        """fairseq's constructor. Raises InputError when the data folder is not complete."""
        folder = Path(cfg.data) / checkpoint.TOKENIZER
        dictionary = SentinelDictionary.read(folder / DICTIONARY)
        return cls(cfg, Bitext(Path(cfg.data)), dictionary, Tokenizer.read(folder))

    def build_model(self, cfg: Any, from_checkpoint: bool = False) -> SwitchTransformer:
        """The model with its first weights and its frozen part.

        Raises InputError for weights of another model, and for a part that it does not have.
        """
        model = super().build_model(cfg, from_checkpoint)
        if self.cfg.initialise_from and not from_checkpoint:
            start = checkpoint.read(Path(self.cfg.initialise_from))
            pieces = self.tokenizer.processor.serialized_model_proto()
            new = parts(pieces, start.config.vocabulary_size)
            weights = grown(start.weights, len(self.dictionary), self.cfg.seed, new)
            model.load_state_dict({checkpoint.PREFIX + name: w for name, w in weights.items()})
        freeze(model.transformer, self.cfg.freeze)
        return model

    def load_dataset(self, split: str, **kwargs: Any) -> None:
        """Open a split: "train", or any other for validation."""
        pairs = {
            direction: Tagged(sides, self.tokenizer.tag(direction.target), self.cfg.longest)
            for direction, sides in self.bitext.pairs(split).items()
        }
        if split == "train":
            rates = [self.bitext.rates[direction] for direction in pairs]
            self.datasets[split] = TrainingBitext(
                list(pairs.values()),
                rates,
                self.cfg.epoch_sequences,
                self.cfg.seed,
                self.pretraining(),
                self.cfg.pretraining_share,
            )
        else:
            limits = self.cfg.validation_pairs, self.cfg.translated_pairs
            self.datasets[split] = ValidationBitext(pairs, *limits)

    def pretraining(self) -> TrainingDataset | None:
        """The pretraining set to mix in, or None. Raises InputError if its tokenizer differs."""
        if not 0 <= self.cfg.pretraining_share < 1:
            raise InputError(f"pretraining_share is {self.cfg.pretraining_share}: give 0 to 0.99")
        if self.cfg.pretraining_share == 0:
            return None
        data = Path(self.cfg.pretraining_data)
        shards = Shards(data)
        names = read_dictionary(data / checkpoint.TOKENIZER / DICTIONARY)[0]
        check_extends(names, Path(self.cfg.data) / checkpoint.TOKENIZER, str(data))
        corruption = SpanCorruption.of(
            self.cfg.pretraining_tokens, first_sentinel=self.dictionary.first_sentinel
        )
        return TrainingDataset.of(shards, corruption, self.cfg.epoch_sequences, self.cfg.seed)

    def get_batch_iterator(
        self, dataset: BitextDataset, max_tokens: int | None = None, epoch: int = 1, **options: Any
    ) -> CountingBatchIterator:
        """An iterator of batches of like length in the order that follows from the seed."""
        if max_tokens is None:
            raise InputError("--max-tokens is needed: it fixes the size of a batch")
        if isinstance(dataset, TrainingBitext):
            dataset.set_epoch(epoch)
        return self.batch_iterator(dataset, dataset.batches(max_tokens), epoch=epoch, **options)

    def begin_epoch(self, epoch: int, model: SwitchTransformer) -> None:
        """fairseq's hook; a continued run also takes up its early stopping."""
        starts = self.progress.start is None
        super().begin_epoch(epoch, model)
        if starts:
            self.go_on_waiting()

    def go_on_waiting(self) -> None:
        """Restore the state of fairseq's early stopping from the metrics of an interrupted run.

        Exits where early stopping had ended the run.
        """
        assert self.metrics_file is not None
        lines = map(json.loads, self.metrics_file.path.read_text().splitlines())
        means = [mean_score(line["languages"]) for line in lines if line["kind"] == "valid"]
        if not means:
            return
        best = max(means)
        should_stop_early.best = best
        should_stop_early.num_runs = len(means) - 1 - means.index(best)
        if 0 < self.cfg.patience <= should_stop_early.num_runs:
            sys.exit(0)

    def valid_step(
        self, sample: dict[str, Any], model: SwitchTransformer, criterion: Any, **kwargs: Any
    ) -> Any:
        """fairseq's forward in validation, and the translations of the sample's chosen rows."""
        loss, size, log = super().valid_step(sample, model, criterion, **kwargs)
        if not sample.get("is_filler"):
            log["translated"] = self.translations(sample, model)
        return loss, size, log

    def translations(self, sample: dict[str, Any], model: SwitchTransformer) -> list[Translated]:
        """Greedy translations of a sample's chosen rows; references are the targets' text."""
        rows = sample["translate"].nonzero()[:, 0]
        sources, targets, directions = (
            tensor[rows].tolist()
            for tensor in (sample["net_input"]["src_tokens"], sample["target"], sample["languages"])
        )
        texts = [[token for token in source if token != PAD] for source in sources]
        best = translate(model.transformer, self.tokenizer, texts, Search(beams=1))
        return [
            (direction, translations[0].text, self.tokenizer.decode(target))
            for direction, translations, target in zip(directions, best, targets, strict=True)
        ]

    def log_languages(self, logging_outputs: Sequence[dict[str, Any]]) -> None:
        """Log sums by direction, and the score by which checkpoints are compared."""
        super().log_languages(logging_outputs)
        for log in logging_outputs:
            self.translated += log["translated"]
        if len(self.translated) == self.datasets["valid"].translated and not self.scores:
            self.score()
            metrics.log_scalar("chrf", mean_score(self.scores))

    def score(self) -> None:
        """Score all that is translated, direction by direction."""
        for index, direction in enumerate(self.datasets["valid"].directions):
            rows = [row[1:] for row in self.translated if row[0] == index]
            texts, references = ([row[side] for row in rows] for side in (0, 1))
            scorer = translation_scores.Scorer(direction.target)
            counts = scorer.counts([references], {"": texts})[""]
            scores = scorer.scores(counts.sum(axis=0))
            self.scores[str(direction)] = {
                name: round(float(scores[name].score), 4)
                for name in (translation_scores.MAIN, "bleu")
            }

    def language_sums(self, agg: Any) -> dict[str, dict[str, float]]:
        """The sums of each direction with its scores."""
        sums = super().language_sums(agg)
        return {name: {**values, **self.scores[name]} for name, values in sums.items()}

    def post_validate(self, model: Any, stats: dict[str, Any], agg: Any) -> None:
        """fairseq's hook behind a validation: scores to TensorBoard, the file and the screen."""
        stats.update(
            {
                f"chrf/{name}": values[translation_scores.MAIN]
                for name, values in self.scores.items()
            }
        )
        super().post_validate(model, stats, agg)
        self.progress.tell(
            self.totals, f"validation loss {stats['loss']:.4f}  chrF++ {stats['chrf']:.2f}"
        )
        self.translated, self.scores = [], {}


def mean_score(directions: dict[str, dict[str, float]]) -> float:
    """Mean chrF++ of the directions, 0 to 100."""
    return sum(values[translation_scores.MAIN] for values in directions.values()) / len(directions)
