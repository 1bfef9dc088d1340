"""Documents -> shards of token ids in the format of fairseq's MMapIndexedDataset.

The writer is our own because importing fairseq and torch in every worker takes seconds, and the
format is short: `.bin` holds the ids of all documents one after another; `.idx` holds magic,
version, type code, number of documents, their sizes (int32) and places in bytes (int64), little
endian (fairseq 0.12.2, `data/indexed_dataset.py`).
"""

import functools
import json
import struct
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sentencepiece

from models.tokenizer.folder import EOS
from pipeline.corpus.documents import batches, read_documents
from pipeline.prepare.tokenizer_text import cut
from pipeline.stages import folders

_HEADER = struct.Struct("<9sQBQ")
_TYPE_CODES = {np.dtype(np.uint16): 8, np.dtype(np.int32): 4}
_LARGEST_UINT16_VOCABULARY = 65_500  # as fairseq's best_fitting_int_dtype
_BATCH_CHARACTERS = 1_000_000  # of text that is encoded at once: bounds the memory
_END = np.array([EOS], np.int32)


@dataclass(frozen=True)
class Part:
    """A task: the documents file of one language and split, and where its shards go."""

    split: str  # fairseq's name: train or valid
    language: str
    documents: str  # file
    output: str  # path without ending: <output>-00000.bin, ... and, when all is done, <output>.json


@dataclass
class Shard:
    """What `shards.json` says of a shard. `bytes`: UTF-8 bytes of the text; `pieces` with eos."""

    name: str
    documents: int = 0
    pieces: int = 0
    bytes: int = 0


def id_type(vocabulary_size: int) -> np.dtype[Any]:
    """The smaller type of ids, uint16, where the vocabulary allows."""
    return np.dtype(np.uint16 if vocabulary_size < _LARGEST_UINT16_VOCABULARY else np.int32)


class ShardWriter:
    """Writes documents to `<path>.bin`, and `<path>.idx` at `close`."""

    def __init__(self, path: Path, dtype: np.dtype[Any]) -> None:
        self.path = path
        self.dtype = dtype
        self.shard = Shard(path.name)
        self._sizes: list[int] = []
        self._stream = path.with_name(path.name + ".bin").open("wb")

    def add(self, ids: np.ndarray[Any, Any], text_bytes: int) -> None:
        """Append one document: its ids, eos included."""
        self._stream.write(ids.astype(self.dtype, copy=False).data)
        self._sizes.append(len(ids))
        self.shard.documents += 1
        self.shard.pieces += len(ids)
        self.shard.bytes += text_bytes

    def close(self) -> Shard:
        """Write the index; returns the counts."""
        self._stream.close()
        sizes = np.array(self._sizes, dtype=np.int64)
        places = (np.cumsum(sizes) - sizes) * self.dtype.itemsize
        header = _HEADER.pack(b"MMIDIDX\x00\x00", 1, _TYPE_CODES[self.dtype], len(sizes))
        content = header + sizes.astype("<i4").tobytes() + places.astype("<i8").tobytes()
        self.path.with_name(self.path.name + ".idx").write_bytes(content)
        return self.shard


def encode(
    processor: sentencepiece.SentencePieceProcessor, texts: Iterable[str], dtype: np.dtype[Any]
) -> Iterator[tuple[np.ndarray[Any, Any], int]]:
    """(ids with eos, UTF-8 bytes of the text) of each document, in order.

    Documents are encoded many at a time; a longer one than `_BATCH_CHARACTERS` in parts that
    end at white space, so that memory stays bounded.
    """
    for batch in batches(texts, _BATCH_CHARACTERS):
        parts = [list(cut(text, _BATCH_CHARACTERS)) for text in batch]
        flat = [part for document in parts for part in document]
        encoded = iter(processor.encode(flat, return_type="numpy"))
        for text, document in zip(batch, parts, strict=True):
            ids = [*(next(encoded) for _ in document), _END]
            yield np.concatenate(ids, dtype=dtype, casting="unsafe"), len(text.encode())


def binarize(part: Part, model: bytes, dtype: np.dtype[Any], shard_bytes: int) -> None:
    """Write the shards of a part and, last, its record `<output>.json`; a part with one is done.

    `model`: serialised SentencePiece model; `shard_bytes`: as in PrepareConfig.
    """
    output = Path(part.output)
    if not record(output).exists():
        output.parent.mkdir(parents=True, exist_ok=True)
        most_pieces = max(1, shard_bytes // dtype.itemsize)
        shards = _write_shards(part, processor(model), dtype, most_pieces)
        folders.write_json(record(output), [asdict(shard) for shard in shards])


def count_pieces(model: bytes, text: str) -> int:
    """Pieces of a document with this serialised SentencePiece model, as in shards: eos included."""
    return sum(len(ids) for ids, _ in encode(processor(model), [text], np.dtype(np.int32)))


@functools.lru_cache(maxsize=1)
def processor(model: bytes) -> sentencepiece.SentencePieceProcessor:
    return sentencepiece.SentencePieceProcessor(model_proto=model)


def _write_shards(
    part: Part,
    processor: sentencepiece.SentencePieceProcessor,
    dtype: np.dtype[Any],
    most_pieces: int,
) -> list[Shard]:
    shards: list[Shard] = []
    writer: ShardWriter | None = None
    texts = (document["text"] for document in read_documents(Path(part.documents)))
    for ids, text_bytes in encode(processor, texts, dtype):
        if writer and writer.shard.pieces + len(ids) > most_pieces:
            shards.append(writer.close())
            writer = None
        if writer is None:
            writer = ShardWriter(Path(f"{part.output}-{len(shards):05d}"), dtype)
        writer.add(ids, text_bytes)
    return shards + ([writer.close()] if writer else [])


def record(output: Path) -> Path:
    """The file that says that a part is done."""
    return output.with_name(output.name + ".json")


def documents_done(parts: Iterable[Part]) -> int:
    """Documents in the parts that are done so far."""
    return sum(
        shard["documents"]
        for part in parts
        if (done := record(Path(part.output))).exists()
        for shard in json.loads(done.read_text(encoding="utf-8"))
    )


def publish(parts: Iterable[Part], folder: Path) -> dict[str, dict[str, Any]]:
    """Move the shards of all parts to `<folder>/<split>/<language>/00000.bin`, ... in order.

    Returns `splits` of `shards.json`. Does what remains where an earlier call was interrupted.
    """
    splits: dict[str, dict[str, Any]] = {"train": {}, "valid": {}}
    for part in parts:
        for made in json.loads(record(Path(part.output)).read_text(encoding="utf-8")):
            empty = {"documents": 0, "pieces": 0, "bytes": 0, "shards": []}
            total = splits[part.split].setdefault(part.language, empty)
            shard = made | {"name": f"{len(total['shards']):05d}"}
            source = Path(part.output).with_name(made["name"])
            _move(source, folder / part.split / part.language / shard["name"])
            total["shards"].append(shard)
            for count in ("documents", "pieces", "bytes"):
                total[count] += shard[count]
    return splits


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    for ending in (".bin", ".idx"):
        made = source.with_name(source.name + ending)
        if made.exists():
            made.replace(target.with_name(target.name + ending))
