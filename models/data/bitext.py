"""Opens what `mswitch bitext` wrote: tokenizer/, shards/, mixture.json."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from langs import directions
from langs.directions import Direction
from langs.errors import InputError
from models.formats.data_folder import MIXTURE, SHARDS, SHARDS_JSON, SUCCESS, shard_name

from .shard_files import Sentences
from .shards import read_json


class Parallel(NamedTuple):
    """Sentences of two languages; sentences of the same number are a pair."""

    source: Sentences
    target: Sentences


class Bitext:
    """The parallel text of one folder."""

    def __init__(self, folder: Path) -> None:
        """Open a folder.

        Args:
            folder: output of `mswitch bitext`.

        Raises:
            InputError: the folder is not complete or damaged.
        """
        self.folder, self.shards, self.marker = folder, folder / SHARDS, folder / SUCCESS
        if not (self.marker.exists() and (self.shards / SHARDS_JSON).exists()):
            raise InputError(
                f"{folder}: no complete parallel text there; run `mswitch bitext` into it first"
            )
        self.description = read_json(self.shards / SHARDS_JSON, "bitext")
        mixture = read_json(folder / MIXTURE, "bitext")
        rates: Mapping[str, float] = mixture.get("directions", {})
        if not rates:
            raise InputError(f"{folder / MIXTURE} has no directions; run `mswitch bitext`")
        self.rates = {directions.split(name): rate for name, rate in rates.items()}

    @property
    def sha256(self) -> str:
        """SHA-256 of the marker, which holds the hashes of all inputs: one hash for the data."""
        return hashlib.sha256(self.marker.read_bytes()).hexdigest()

    def pairs(self, split: str) -> dict[Direction, Parallel]:
        """The sentence pairs of a split.

        Args:
            split: "train", "valid" or "test".

        Returns:
            The sentences of each direction of the mixture that has any, in order of directions.

        Raises:
            InputError: no direction has pairs, or the sides of one are not of one length.
        """
        known = self.description["splits"].get(split, {})
        pairs = {d: self.open(split, d) for d in sorted(self.rates) if str(d.pair) in known}
        if not pairs:
            raise InputError(
                f"{self.folder}: no direction has {split} pairs; run `mswitch bitext` with more "
                "parallel text, or with a share for this split"
            )
        return pairs

    def open(self, split: str, direction: Direction) -> Parallel:
        """The sentences of a direction. Raises InputError if its sides are not of one length."""
        place = self.shards / split / str(direction.pair)
        sides = Parallel(*(Sentences(place / code / shard_name(0)) for code in direction))
        if len(sides.source) != len(sides.target):
            raise InputError(
                f"{place}: {len(sides.source)} and {len(sides.target)} sentences, not line by "
                "line; run `mswitch bitext` again"
            )
        return sides

    def mean_lengths(self) -> tuple[int, int]:
        """Mean tokens of a training source (tag and eos included) and of a training target."""
        splits, sums = self.description["splits"]["train"], [0.0, 0.0]
        total = 0.0
        for direction, rate in self.rates.items():
            sides = splits[str(direction.pair)]
            total += rate
            for i, code in enumerate(direction):
                sums[i] += rate * sides[code]["pieces"] / sides[code]["documents"]
        return round(sums[0] / total) + 1, round(sums[1] / total)
