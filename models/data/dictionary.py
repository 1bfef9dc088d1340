"""The tokenizer as a fairseq dictionary; its ids are those of models.tokenizer.folder."""

from pathlib import Path

import numpy as np

import models.fairseq_compat  # noqa: F401  (before anything of fairseq)

# isort: split
from fairseq.data import Dictionary

from models.tokenizer.folder import (
    EOS,
    PAD,
    SPECIALS,
    UNK,
    WORD_START,
    is_byte,
    read_dictionary,
    stand_for_text,
)


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
        """Read dict.txt. Raises InputError, see models.tokenizer.folder.read_dictionary."""
        return cls(*read_dictionary(path))

    @property
    def first_sentinel(self) -> int:
        """Id of `<extra_id_0>`, the highest of them; the others count down from it."""
        first: int = self.indices["<extra_id_0>"]
        return first

    def piece_bytes(self) -> np.ndarray:
        """UTF-8 bytes of text behind each id, int64 [vocabulary]; 0 for ids that are no text."""
        sizes = np.array([text_bytes(piece) for piece in self.symbols], dtype=np.int64)
        return sizes * np.array(stand_for_text(self.symbols))


def text_bytes(piece: str) -> int:
    """Bytes of text behind a SentencePiece piece: `<0xE2>` is one byte, `▁` a space."""
    return 1 if is_byte(piece) else len(piece.replace(WORD_START, " ").encode())
