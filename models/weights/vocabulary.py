"""A model's vocabulary grows: rows for tags and new pieces behind those it has."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from langs.errors import InputError
from models.tokenizer.folder import DICTIONARY, read_dictionary

from .checkpoint import EMBEDDING, Checkpoint, find_tokenizer

OUTPUT = "output.weight"


def grown(
    weights: Mapping[str, Tensor], rows: int, seed: int, parts: Mapping[int, Sequence[int]] = {}
) -> dict[str, Tensor]:
    """The weights with `rows` rows in the embedding, and in the output embedding if there is one.

    parts: the old ids that spell a new id (new_pieces.parts); its row is the mean of their rows.
    Old rows stay as they are. Other new rows are drawn around the mean of the old ones, with their
    spread in each dimension: no new piece is then likelier than the old ones (Hewitt, "Initializing
    new word embeddings", 2021), and no two tags are the same. Raises InputError for fewer rows.
    """
    have = len(weights[EMBEDDING])
    if rows < have:
        raise InputError(f"the model has {have:,} ids, the data's tokenizer only {rows:,}")
    result = dict(weights)
    for name in (EMBEDDING, OUTPUT) if rows > have else ():
        if name in weights:
            new = new_rows(weights[name], rows - have, seed)
            for number, old in parts.items():
                new[number - have] = weights[name][list(old)].float().mean(dim=0).to(new.dtype)
            result[name] = torch.cat([weights[name], new])
    return result


def new_rows(weight: Tensor, rows: int, seed: int) -> Tensor:
    """New rows [rows, D] for a weight [V, D], in its dtype."""
    old = weight.float()
    noise = torch.randn(rows, old.shape[1], generator=torch.Generator().manual_seed(seed))
    return (old.mean(dim=0) + old.std(dim=0) * noise).to(weight.dtype)


def check_extends(names: Sequence[str], folder: Path, owner: str) -> None:
    """Raises InputError unless a tokenizer folder has these ids, and others only behind them.

    owner: the model or folder of the names, for the message.
    """
    now = read_dictionary(folder / DICTIONARY)[0]
    for place, name in enumerate(names):
        if place >= len(now) or now[place] != name:
            other = repr(now[place]) if place < len(now) else "missing"
            raise InputError(
                f"{owner} and {folder} do not belong together: id {place:,} is {name!r} in the "
                f"one and {other} in the other; make the data with the tokenizer of that model"
            )


def check_tokenizer(checkpoint: Checkpoint, path: Path, folder: Path) -> None:
    """Raises InputError unless a tokenizer folder has a checkpoint's ids, further ones behind them.

    path: of the checkpoint.
    """
    own, rows = find_tokenizer(path, checkpoint.data), checkpoint.config.vocabulary_size
    names = read_dictionary((own or folder) / DICTIONARY)[0]
    if len(names) < rows or (own and len(names) != rows):
        raise InputError(
            f"{path} has {rows:,} ids and {own or folder} {len(names):,}: checkpoint and tokenizer "
            "do not belong together"
        )
    check_extends(names[:rows], folder, str(path))


def check_same_tokenizer(path: Path, data: str, names: Sequence[str]) -> None:
    """Raises InputError unless a checkpoint, trained from folder `data`, has exactly these pieces.

    The error names a tokenizer that differs, or says that there is none.
    """
    folder = find_tokenizer(path, data)
    if folder is None:
        raise InputError(f"{path} has no tokenizer/ beside it; put the model's own there")
    if read_dictionary(folder / DICTIONARY)[0] != list(names):
        raise InputError(
            f"{path}: its tokenizer {folder} is not the data's, the same id means another piece; "
            "make the data with the tokenizer of that model"
        )
