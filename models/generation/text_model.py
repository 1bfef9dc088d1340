"""A checkpoint and the tokenizer that belongs to it, ready to read and write text."""

from pathlib import Path
from typing import NamedTuple

import torch

from langs.errors import InputError
from models.network.transformer import Transformer
from models.tokenizer.text_tokenizer import Tokenizer
from models.weights import checkpoint


class TextModel(NamedTuple):
    """A model and its tokenizer."""

    model: Transformer
    tokenizer: Tokenizer


def load(path: Path, folder: Path | None = None, dtype: torch.dtype = torch.float32) -> TextModel:
    """The model of a checkpoint (on the CPU, in evaluation mode) and its tokenizer.

    The tokenizer is that of `folder`, or else lies where `checkpoint.find_tokenizer` looks: in the
    checkpoint's folder, beside that, or in the data that the model was trained from. Raises
    InputError if either is missing, damaged or not the other's; OSErrors pass up.
    """
    read = checkpoint.read(path)
    place = folder or checkpoint.find_tokenizer(path, read.data)
    if place is None:
        raise InputError(f"there is no tokenizer/ with {path}; name its folder by --tokenizer")
    tokenizer = Tokenizer.read(place)
    ids, rows = len(tokenizer.names), read.config.vocabulary_size
    if ids != rows:
        raise InputError(
            f"{place} has {ids:,} ids and {path} {rows:,}: they do not belong together; "
            "name the model's own tokenizer folder by --tokenizer"
        )
    return TextModel(checkpoint.load_transformer(path, dtype), tokenizer)
