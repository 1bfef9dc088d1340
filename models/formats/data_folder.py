"""The folders that training reads, as `mswitch prepare` and `mswitch bitext` write them.

    tokenizer/                  see models.tokenizer.folder
    shards/shards.json          counts of every split, language and shard
    shards/<split>/<code>/      00000.bin, 00000.idx, ...; of bitext <split>/<pair>/<code>/
    mixture.json                rates of drawing; in shards/ (prepare) or beside it (bitext)
    _SUCCESS.json               the mark of a complete folder, at the same place

A shard is fairseq's MMapIndexedDataset (0.12.2, `data/indexed_dataset.py`): `.bin` holds the ids of
all documents one after another; `.idx` holds a header (magic, version, code of the ids' type,
number of documents), the documents' sizes (int32) and their places in bytes (int64), little endian.
"""

import struct

import numpy as np

TOKENIZER, SHARDS = "tokenizer", "shards"
SHARDS_JSON, MIXTURE, SUCCESS = "shards.json", "mixture.json", "_SUCCESS.json"
IDS, INDEX = ".bin", ".idx"  # endings of a shard's two files
HEADER = struct.Struct("<9sQBQ")
MAGIC, VERSION = b"MMIDIDX\x00\x00", 1
TYPES: dict[int, np.dtype] = {4: np.dtype(np.int32), 5: np.dtype(np.int64), 8: np.dtype(np.uint16)}
SIZES, PLACES = np.dtype("<i4"), np.dtype("<i8")


def shard_name(number: int) -> str:
    """The name, without ending, of the shard of a number (from 0)."""
    return f"{number:05d}"


def index_header(dtype: np.dtype, documents: int) -> bytes:
    """The head of an index file. Raises KeyError for a type that is none of TYPES."""
    codes = {known: code for code, known in TYPES.items()}
    return HEADER.pack(MAGIC, VERSION, codes[dtype], documents)
