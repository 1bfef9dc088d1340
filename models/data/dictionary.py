"""The tokenizer's vocabulary as a fairseq dictionary; its ids are those of tokenizer_folder.py."""

from pathlib import Path

import numpy as np

import models.fairseq_compat  # noqa: F401  (before anything of fairseq)

# isort: split
from fairseq.data import Dictionary

from langs.errors import InputError

from ..tokenizer_folder import EOS, FILLER, PAD, SENTINELS, SPECIALS, UNK, is_tag, sentinel_names


class SentinelDictionary(Dictionary):
    """Ids exactly as the lines of dict.txt; decoding starts from pad (T5), so bos is pad."""

    def __init__(self, pieces: list[str], counts: list[int]) -> None:
        self.bos_word, self.pad_word, self.eos_word, self.unk_word = "<pad>", *SPECIALS
        self.symbols, self.count = pieces, counts
        self.indices = {piece: i for i, piece in enumerate(pieces)}
        self.bos_index, self.pad_index, self.eos_index, self.unk_index = PAD, PAD, EOS, UNK
        self.nspecial = len(SPECIALS)

    @classmethod
    def read(cls, path: Path) -> "SentinelDictionary":
        """Read dict.txt (`piece count`, one a line in id order).

        Raises InputError when the file is missing, a line does not parse, a piece comes twice, or
        the first ids or the sentinels are not where they must be.
        """
        try:
            lines = path.read_text(encoding="utf-8").split("\n")
            pairs = [line.rsplit(" ", 1) for line in lines if line]
            pieces, counts = [p for p, _ in pairs], [int(c) for _, c in pairs]
        except FileNotFoundError:
            raise InputError(
                f"{path}: no such dictionary; run `mswitch prepare` into this folder first"
            ) from None
        except ValueError:
            raise InputError(
                f"{path}: not a dictionary (lines of `piece count`); run `mswitch prepare` again"
            ) from None
        if len(set(pieces)) < len(pieces):
            raise InputError(f"{path}: has a piece twice; run `mswitch prepare` again")
        named = [piece for piece in _without_tags(pieces) if not is_filler(piece)]
        orderly = named[-SENTINELS:] == sentinel_names() and pieces[: len(named)] == named
        if tuple(pieces[: len(SPECIALS)]) != SPECIALS or not orderly:
            raise InputError(
                f"{path}: expected <pad> </s> <unk> first and 100 sentinels behind all pieces; "
                "run `mswitch prepare` again"
            )
        return cls(pieces, counts)

    @property
    def first_sentinel(self) -> int:
        """Id of `<extra_id_0>`, the highest of them; the others count down from it."""
        first: int = self.indices["<extra_id_0>"]
        return first

    def piece_bytes(self) -> np.ndarray:
        """UTF-8 bytes of text each piece stands for, int64 [vocabulary]; 0 for specials."""
        sizes = np.array([text_bytes(piece) for piece in self.symbols], dtype=np.int64)
        sizes[: len(SPECIALS)] = 0
        sizes[self.first_sentinel - SENTINELS + 1 :] = 0
        return sizes


def _without_tags(names: list[str]) -> list[str]:
    """The names before the tags of target languages, which are the last."""
    end = len(names)
    while end and is_tag(names[end - 1]):
        end -= 1
    return names[:end]


def is_filler(piece: str) -> bool:
    """Whether this is the name of a row without a piece."""
    return piece.startswith(FILLER) and piece[len(FILLER) :].isdigit()


def text_bytes(piece: str) -> int:
    """Bytes of text behind a SentencePiece piece: `<0xE2>` is one byte, `▁` a space."""
    if len(piece) == 6 and piece.startswith("<0x") and piece.endswith(">"):
        return 1
    return len(piece.replace("▁", " ").encode())
