"""A made-up folder of `mswitch prepare`, written with fairseq's own builder."""

import json
from pathlib import Path

import numpy as np
import torch
from fairseq.data.indexed_dataset import MMapIndexedDatasetBuilder

BYTE_PIECES = ["<0x00>", "<0xE2>"]
WORDS = [f"▁w{i}" for i in range(50)]
PIECES = ["<pad>", "</s>", "<unk>", *BYTE_PIECES, *WORDS]
SENTINELS = [f"<extra_id_{i}>" for i in reversed(range(100))]
VOCABULARY = len(PIECES) + len(SENTINELS)
FIRST_WORD, EOS = 5, 1
RATES = {"en": 0.6, "sw": 0.3, "th": 0.1}
# Tokens of each document, shard by shard; th is shorter than one training sequence.
TRAIN = {"en": [[300, 200], [250]], "sw": [[150, 60]], "th": [[20]]}
VALID = {"en": [[90, 70]], "sw": [[64]], "th": [[18]]}


def write(folder: Path) -> Path:
    """Write tokenizer/ and shards/ into a folder; returns it."""
    write_dictionary(folder / "tokenizer" / "dict.txt", PIECES + SENTINELS)
    splits = {"train": TRAIN, "valid": VALID}
    described = {
        split: {code: write_language(folder, split, code, sizes) for code, sizes in content.items()}
        for split, content in splits.items()
    }
    shards = {"tokenizer_sha256": "0" * 64, "vocabulary_size": VOCABULARY, "splits": described}
    write_json(folder / "shards" / "shards.json", shards)
    mixture = {"method": "temperature", "alpha": 0.3, "unit": "documents", "rates": RATES}
    write_json(folder / "shards" / "mixture.json", mixture)
    write_json(folder / "shards" / "_SUCCESS.json", {"fingerprint": "made up"})
    return folder


def write_dictionary(path: Path, pieces: list[str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{piece} 7\n" for piece in pieces), encoding="utf-8")
    return path


def write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value))


def write_language(folder: Path, split: str, code: str, sizes: list[list[int]]) -> dict:
    """Shards of random words, each document ended by eos; what shards.json says of them."""
    place = folder / "shards" / split / code
    place.mkdir(parents=True)
    rng = np.random.default_rng(sum(map(ord, split + code)))
    shards = []
    for number, documents in enumerate(sizes):
        texts = [rng.integers(FIRST_WORD, FIRST_WORD + len(WORDS), n - 1) for n in documents]
        write_shard(place / f"{number:05d}", [[*text, EOS] for text in texts])
        shards.append({"name": f"{number:05d}", **counts(documents)})
    return {**counts([n for documents in sizes for n in documents]), "shards": shards}


def counts(documents: list[int]) -> dict[str, int]:
    return {"documents": len(documents), "pieces": sum(documents), "bytes": 3 * sum(documents)}


def write_shard(path: Path, documents: list[list[int]], dtype: type = np.uint16) -> None:
    """PATH.bin and PATH.idx (fairseq's MMapIndexedDataset)."""
    builder = MMapIndexedDatasetBuilder(f"{path}.bin", dtype=dtype)
    for document in documents:
        builder.add_item(torch.tensor(document))
    builder.finalize(f"{path}.idx")
