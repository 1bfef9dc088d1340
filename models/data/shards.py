"""Opens what `mswitch prepare` wrote: tokenizer/, shards/, mixture.json."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from langs.errors import InputError
from models.formats.data_folder import MIXTURE, SHARDS, SHARDS_JSON, SUCCESS

from .shard_files import TokenStream


class Shards:
    """The prepared data of one folder: `tokenizer/` and `shards/` in it."""

    def __init__(self, data: Path) -> None:
        """Open a folder.

        Args:
            data: output of `mswitch prepare`.

        Raises:
            InputError: the folder is not complete or damaged.
        """
        self.folder = data / SHARDS
        if not (self.folder / SUCCESS).exists():
            raise InputError(
                f"{self.folder}: no complete shards there; run `mswitch prepare` into {data} first"
            )
        self.description = read_json(self.folder / SHARDS_JSON)
        self.mixture = read_json(self.folder / MIXTURE)

    @property
    def sha256(self) -> str:
        """SHA-256 of the marker, which holds the hashes of all inputs: one hash for the data."""
        return hashlib.sha256((self.folder / SUCCESS).read_bytes()).hexdigest()

    @property
    def vocabulary_size(self) -> int:
        """Vocabulary size of the tokenizer that the shards were made with."""
        return self.description["vocabulary_size"]

    @property
    def rates(self) -> Mapping[str, float]:
        """Share of training sequences drawn from each language."""
        return self.mixture["rates"]

    def streams(self, split: str) -> dict[str, TokenStream]:
        """The token streams of a split.

        Args:
            split: "train" or "valid".

        Returns:
            A stream for each language that has tokens there, in the order of the codes.

        Raises:
            InputError: no language has tokens, or a stream is not as long as it was written.
        """
        try:
            languages = self.description["splits"][split]
        except KeyError:
            raise InputError(
                f"{self.folder / SHARDS_JSON}: no split {split!r}; there are train and valid"
            ) from None
        streams = {
            code: TokenStream(self.folder / split / code, [s["name"] for s in entry["shards"]])
            for code, entry in sorted(languages.items())
            if entry["pieces"] > 1
        }
        for code, stream in streams.items():
            if len(stream) != languages[code]["pieces"]:
                raise InputError(
                    f"{self.folder / split / code}: holds {len(stream)} tokens, {SHARDS_JSON} says "
                    f"{languages[code]['pieces']}; run `mswitch prepare` again"
                )
        if not streams:
            raise InputError(f"{self.folder / split}: no language has text; prepare more of it")
        return streams


def read_json(path: Path, command: str = "prepare") -> Any:
    """Parsed JSON that a command of mswitch wrote; InputError when it is missing or broken."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError) as error:
        again = f"run `mswitch {command}` again"
        raise InputError(f"{path}: cannot be read ({error}); {again}") from None
