"""The documents files of a corpus folder: JSON lines under zstandard, or Parquet."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import zstandard

from langs.errors import InputError
from pipeline.files.lines import whole_lines
from pipeline.files.zstd import zstd_blocks

FOLDER = "documents"
FORMATS = {"jsonl": ".jsonl.zst", "parquet": ".parquet"}
"""Endings of the files by format."""

Text = TypeVar("Text", str, bytes)

_LEVEL = 3  # 9 takes four times as long for a seventh less (docs/results/corpus_speed.md)
_FIELDS = ("text", "url", "timestamp", "language", "language_probability", "id")
_GROUP_BYTES = 32 * 2**20  # of JSON lines that make a row group of Parquet, at least
_BLOCK_BYTES = 2**20  # read at once


def shard_path(
    corpus: Path, language: str, split: str, shard: int, shards: int, form: str = "jsonl"
) -> Path:
    """The file of a shard of a language; `split` is "train" or "validation"."""
    name = f"{split}-{shard:05d}-of-{shards:05d}{FORMATS[form]}"
    return corpus / FOLDER / language / name


def languages(corpus: Path) -> list[str]:
    """Codes of the languages that a corpus folder has documents in."""
    return sorted(path.name for path in (corpus / FOLDER).iterdir())


def files(corpus: Path, language: str, split: str = "*") -> list[Path]:
    """The documents files of a language, in order."""
    folder = corpus / FOLDER / language
    return sorted(path for end in FORMATS.values() for path in folder.glob(f"{split}-*{end}"))


def write_documents(stream: BinaryIO, lines: Iterable[bytes], form: str) -> None:
    """Write documents, each a JSON object without line end, in order. OSErrors pass up."""
    if form == "parquet":
        _write_parquet(stream, lines)
        return
    packer = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True)
    with packer.stream_writer(stream, closefd=False) as packed:
        for line in lines:
            packed.write(line + b"\n")


def read_documents(path: Path) -> Iterator[dict[str, Any]]:
    """The documents of one file, in order. Raises InputError if it is damaged."""
    import pyarrow as pa  # here: it takes half a second

    parquet = path.name.endswith(FORMATS["parquet"])
    try:
        with path.open("rb") as stream:
            yield from _read_parquet(stream) if parquet else _read_json_lines(stream)
    except (ValueError, pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise InputError(f"{path} is damaged ({error}); run mswitch corpus again") from error


def _read_json_lines(stream: BinaryIO) -> Iterator[dict[str, Any]]:
    yield from map(json.loads, whole_lines(zstd_blocks(stream, _BLOCK_BYTES)))


def _read_parquet(stream: BinaryIO) -> Iterator[dict[str, Any]]:
    import pyarrow.parquet as pq

    file = pq.ParquetFile(stream, pre_buffer=False, page_checksum_verification=True)
    for batch in file.iter_batches(256, use_threads=False):
        yield from batch.to_pylist()


def _write_parquet(stream: BinaryIO, lines: Iterable[bytes]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {"language_probability": pa.float64()}
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in _FIELDS])
    options = {"compression": "zstd", "compression_level": _LEVEL, "write_page_checksum": True}
    with pq.ParquetWriter(stream, schema, **options) as writer:
        for group in batches(lines, _GROUP_BYTES):
            writer.write_table(pa.Table.from_pylist([json.loads(line) for line in group], schema))


def batches(texts: Iterable[Text], least: int) -> Iterator[list[Text]]:
    """The texts in order, in lists that reach `least` characters (bytes) with their last text.

    The last list may hold less; none is empty.
    """
    batch: list[Text] = []
    size = 0
    for text in texts:
        batch.append(text)
        size += len(text)
        if size >= least:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
