"""Pieces of text that a tokenizer gains behind all the ids it has.

They go into the SentencePiece model, behind symbols for the sentinels and tags between: as control
symbols these are part of no text, and SentencePiece's ids stay those of `dict.txt`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sentencepiece

from . import folder as tokenizer_folder
from . import sentencepiece_file as spm
from .folder import DICTIONARY, MODEL, UNK


def add_pieces(folder: Path, learned: Sequence[tuple[str, float]]) -> None:
    """Add pieces behind all ids of a tokenizer folder that has a tag; old ids stay.

    learned: pieces that the tokenizer does not have, with their log probabilities in the text they
    are from. In old text they are rare: all are lowered alike until the lowest is the old model's
    lowest. None is below that, so that unknown characters cost what they did.
    """
    names, counts = tokenizer_folder.read_dictionary(folder / DICTIONARY)
    model = spm.parse((folder / MODEL).read_bytes())
    lowest = min(piece.score for piece in model.pieces if piece.type == spm.NORMAL)
    fill(model, names)
    shift = min(0.0, lowest - min((score for _, score in learned), default=0.0))
    for piece, score in learned:
        model.pieces.add(piece=piece, score=max(lowest, score + shift), type=spm.NORMAL)
    tokenizer_folder.write(folder, model.SerializeToString(), counts)


def fill(model: Any, names: Sequence[str]) -> None:
    """Append the names beyond its pieces to a parsed SentencePiece model, as control symbols."""
    for name in names[len(model.pieces) :]:
        model.pieces.add(piece=name, score=0.0, type=spm.CONTROL)


def parts(model: bytes, known: int) -> dict[int, list[int]]:
    """For each piece with an id from `known` on, the ids below it that spell the same text.

    model: serialised SentencePiece model. Pieces of unknown characters alone are left out.
    """
    read = spm.parse(model)
    new = {
        number: piece.piece
        for number, piece in enumerate(read.pieces)
        if number >= known and piece.type == spm.NORMAL
    }
    if not new:
        return {}
    del read.pieces[known:]
    read.normalizer_spec.precompiled_charsmap = b""  # pieces are normalised, spaces marked
    read.normalizer_spec.add_dummy_prefix = False
    read.normalizer_spec.remove_extra_whitespaces = False
    old = sentencepiece.SentencePieceProcessor(model_proto=read.SerializeToString())
    spelt = {number: [i for i in old.encode(piece) if i != UNK] for number, piece in new.items()}
    return {number: ids for number, ids in spelt.items() if ids}
