"""Sources of a student's soft targets: a teacher in memory, or its stored probabilities."""

import json
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor

from langs.errors import InputError
from models.data.dictionary import SentinelDictionary
from models.generation.incremental import inference
from models.layers.cross_entropy import Teacher
from models.layers.soft_targets import TopPieces, WholeDistribution
from models.network.transformer import Transformer
from models.weights.checkpoint import load_transformer, read
from models.weights.vocabulary import check_same_tokenizer

from .store import Store


class Source(Protocol):
    """A source of soft targets for any training batch."""

    def teacher(self, sample: dict[str, Any], hidden: Tensor, share: float) -> Teacher:
        """The teacher of a batch's target tokens, flat [B * T], on the device of `hidden`."""
        ...


class TeacherModel:
    """The teacher in memory: evaluation mode, no gradients, no token dropped by an expert."""

    def __init__(self, path: Path, dictionary: SentinelDictionary) -> None:
        """Raises InputError for a file that is no checkpoint or has another tokenizer."""
        self.model = load_teacher(path, dictionary)

    def teacher(self, sample: dict[str, Any], hidden: Tensor, share: float) -> Teacher:
        """See Source. The teacher computes in the student's precision."""
        self.model.to(hidden.device, hidden.dtype)
        inputs = sample["net_input"]
        with inference(self.model):
            states = self.model(inputs["src_tokens"], inputs["prev_output_tokens"]).hidden
            states, weight = self.model.output_projection(states)
        return WholeDistribution(share, states.flatten(0, 1), weight)


class StoredTeacher:
    """The probabilities that `mswitch distill --store` has kept, without the teacher."""

    def __init__(self, folder: Path, order: dict[str, Any], vocabulary_size: int) -> None:
        """Raises InputError for probabilities of other sequences than training will see."""
        self.store = Store(folder)
        check_order(folder, self.store.index.order, order)
        if self.store.index.vocabulary_size != vocabulary_size:
            raise InputError(
                f"{folder} holds probabilities of {self.store.index.vocabulary_size} pieces, the "
                f"student has {vocabulary_size}; give a teacher with the same tokenizer"
            )

    def teacher(self, sample: dict[str, Any], hidden: Tensor, share: float) -> Teacher:
        """See Source."""
        ids, values = (part.flatten(0, 1).to(hidden.device) for part in self.store.batch(sample))
        return TopPieces(share, ids, values)


def load_teacher(path: Path, dictionary: SentinelDictionary) -> Transformer:
    """The model of a checkpoint, without gradients. Raises InputError if its tokenizer differs."""
    check_same_tokenizer(path, read(path).data, dictionary.symbols)
    return load_transformer(path).requires_grad_(False)


def check_order(folder: Path, stored: dict[str, Any], order: dict[str, Any]) -> None:
    """Raises InputError, with the first difference, unless both mean the same sequences."""
    stored, order = (json.loads(json.dumps(settings)) for settings in (stored, order))
    for name in stored | order:
        before, now = stored.get(name), order.get(name)
        if before != now:
            raise InputError(
                f"{folder} holds other sequences: {name} was {before} and is now {now}; store "
                "probabilities of this training, or train as they were stored"
            )
