"""A model of random weights with a small tokenizer, as transformers has it and as we do."""

import io
from pathlib import Path
from typing import Any, NamedTuple

import sentencepiece
import torch
from families import make
from transformers import T5Tokenizer

from models.huggingface import model_folder, tokenizer_files
from models.tokenizer import folder as tokenizer_folder
from models.tokenizer import sentencepiece_file as spm
from models.weights import checkpoint

PIECES = 80
ROWS = PIECES + 100 + 6  # sentinels, and rows beyond the tokenizer
TEXTS = [
    "free and equal in dignity and rights",
    "frei und gleich an Würde und Rechten geboren",
    "born free",
    "and rights, and dignity; equal and free",
    "Rechten",
]
PREFIX = "translate English to German: "
SEEDS = {"t5": 7, "t5_v1_1": 1, "switch": 25}  # of families; these sometimes write eos
TAGS = ("de", "en", "zh")


class Made(NamedTuple):
    """Theirs, and where ours of the same weights lies."""

    theirs: Any
    their_tokenizer: Any
    checkpoint: Path  # tokenizer/ is beside it


def train_pieces() -> bytes:
    """A serialised SentencePiece model."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXTS * 9),
        model_writer=model,
        vocab_size=PIECES,
        hard_vocab_limit=False,
        normalization_rule_name="nmt_nfkc",
        minloglevel=2,
        **{"pad_id": 0, "eos_id": 1, "unk_id": 2, "bos_id": -1},
    )
    return model.getvalue()


def their_tokenizer(pieces: bytes) -> Any:
    """What transformers 5 makes of a SentencePiece model."""
    model = spm.parse(pieces)
    vocabulary = [(piece.piece, piece.score) for piece in model.pieces]
    sentinels = [(name, 0.0) for name in tokenizer_folder.sentinel_names()]
    table = model.normalizer_spec.precompiled_charsmap
    return T5Tokenizer(vocab=vocabulary + sentinels, _spm_precompiled_charsmap=table)


def write(path: Path, family: str, tags: tuple[str, ...] = TAGS) -> Made:
    """Write theirs/ and ours/ into a folder. With tags ours has rows for them at its end."""
    torch.manual_seed(SEEDS[family])
    theirs = make(family, ROWS + len(tags))
    with torch.no_grad():
        theirs.shared.weight *= 0.3  # else a model of random weights says one word for ever
    read_as_theirs = their_tokenizer(train_pieces())
    theirs.save_pretrained(path / "theirs")
    read_as_theirs.save_pretrained(path / "theirs")
    made = model_folder.read(path / "theirs")
    (path / "ours" / "tokenizer").mkdir(parents=True)
    checkpoint.write(path / "ours" / checkpoint.NAME, made)
    tokenizer_files.write_ours(path / "ours" / "tokenizer", train_pieces(), ROWS)
    tokenizer_folder.add_tags(path / "ours" / "tokenizer", tags)
    return Made(theirs, read_as_theirs, path / "ours" / checkpoint.NAME)
