"""A made-up folder of `mswitch bitext`: a toy language beside English, both ways.

Each English word has one word of the toy language, and sentences are said backwards.
"""

import io
import random
from dataclasses import replace
from pathlib import Path

import sentencepiece
import tiny_data

from models.network.architectures import architecture
from models.network.transformer import Transformer
from models.tokenizer import folder as tokenizer_folder
from models.weights import checkpoint

ENGLISH = "the a red old small house dog cat sees likes finds by near with river"
TOY = "la unu rugxa maljuna eta domo hundo kato vidas amas trovas cxe apud kun rivero"
WORDS = dict(zip(ENGLISH.split(" "), TOY.split(" "), strict=True))
PAIR, CODES = "en-eo", ("en", "eo")
PAIRS = 200
DIRECTIONS = {"en-eo": 0.5, "eo-en": 0.5}


def sentences(pairs: int = PAIRS) -> list[tuple[str, str]]:
    """English and the toy language, all different."""
    rng, found = random.Random(1), {}
    while len(found) < pairs:
        words = rng.choices(list(WORDS), k=rng.randint(3, 7))
        found[" ".join(words)] = " ".join(WORDS[word] for word in reversed(words))
    return list(found.items())


def train_pieces() -> bytes:
    """A serialised SentencePiece model of both languages."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=(text for pair in sentences() for text in pair),
        model_writer=model,
        vocab_size=120,
        hard_vocab_limit=False,
        minloglevel=2,
        **{"pad_id": 0, "eos_id": 1, "unk_id": 2, "bos_id": -1},
    )
    return model.getvalue()


def write(folder: Path, pairs: int = PAIRS) -> Path:
    """Write tokenizer/, shards/ and mixture.json; what is validated is what is trained."""
    write_tokenizer(folder / "tokenizer")
    tokenizer_folder.add_tags(folder / "tokenizer", CODES)
    processor = sentencepiece.SentencePieceProcessor(model_proto=train_pieces())
    sides = list(zip(*sentences(pairs), strict=True))
    described = {}
    for split in ("train", "valid"):
        described[split] = {PAIR: {}}
        for code, texts in zip(CODES, sides, strict=True):
            place = folder / "shards" / split / PAIR / code
            place.mkdir(parents=True)
            ids = [[*processor.encode(text), tiny_data.EOS] for text in texts]
            tiny_data.write_shard(place / "00000", ids)
            counts = {"documents": len(ids), "pieces": sum(map(len, ids)), "bytes": 1}
            described[split][PAIR][code] = counts
    tiny_data.write_json(folder / "shards" / "shards.json", {"splits": described})
    tiny_data.write_json(folder / "mixture.json", {"directions": DIRECTIONS})
    tiny_data.write_json(folder / "_SUCCESS.json", {"fingerprint": {}, "summary": {}})
    return folder


def write_tokenizer(folder: Path) -> Path:
    """The tokenizer without tags."""
    folder.mkdir(parents=True)
    tokenizer_folder.write(folder, train_pieces())
    return folder


def write_start(folder: Path, name: str, **changes: object) -> Path:
    """A checkpoint of a model with random weights, its tokenizer beside it."""
    rows = len((write_tokenizer(folder / "tokenizer") / "dict.txt").read_text().splitlines())
    config = replace(architecture(name), vocabulary_size=rows, **changes)
    model = checkpoint.Checkpoint(name, config, Transformer(config).state_dict())
    checkpoint.write(folder / checkpoint.NAME, model)
    return folder / checkpoint.NAME
