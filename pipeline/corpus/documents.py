"""The documents files of a corpus folder: JSON lines under zstandard."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import zstandard

from langs.errors import InputError

FOLDER = "documents"


def shard_path(corpus: Path, language: str, split: str, shard: int, shards: int) -> Path:
    """The file of a shard of a language; `split` is "train" or "validation"."""
    return corpus / FOLDER / language / f"{split}-{shard:05d}-of-{shards:05d}.jsonl.zst"


def languages(corpus: Path) -> list[str]:
    """Codes of the languages that a corpus folder has documents in."""
    return sorted(path.name for path in (corpus / FOLDER).iterdir())


def files(corpus: Path, language: str, split: str = "*") -> list[Path]:
    """The documents files of a language, in order."""
    return sorted((corpus / FOLDER / language).glob(f"{split}-*.jsonl.zst"))


def read_documents(path: Path) -> Iterator[dict[str, Any]]:
    """The documents of one file, in order. Raises InputError if it is damaged."""
    try:
        with path.open("rb") as raw, zstandard.ZstdDecompressor().stream_reader(raw) as stream:
            for line in io.TextIOWrapper(stream, encoding="utf-8", newline="\n"):
                yield json.loads(line)
    except (zstandard.ZstdError, ValueError) as error:
        raise InputError(f"{path} is damaged ({error}); run mswitch corpus again") from error
