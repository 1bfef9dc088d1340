"""The sentences of one shard in any order, read from where they lie."""

from pathlib import Path

import numpy as np

from langs.errors import InputError

from .token_stream import INDEX_HEADER_BYTES, token_dtype

COUNT_BYTES = 8  # behind the header; then int32 sizes, then int64 places, in bytes


class Sentences:
    """Sentence i of a shard (fairseq's MMapIndexedDataset), as `mswitch bitext` writes them.

    The index is mapped, not read; each sentence is a read of its own.
    """

    def __init__(self, shard: Path) -> None:
        """shard: the path without .bin and .idx. Raises InputError if they are damaged."""
        index, self.tokens = Path(f"{shard}.idx"), Path(f"{shard}.bin")
        self.dtype = token_dtype(index)
        start, size = INDEX_HEADER_BYTES + COUNT_BYTES, index.stat().st_size
        count = (size - start) // (4 + 8)
        if count < 1 or start + 12 * count != size:
            raise InputError(f"{index} is damaged; run `mswitch bitext` again")
        self.sizes = np.memmap(index, np.int32, "r", start, (count,))
        self.places = np.memmap(index, np.int64, "r", start + 4 * count, (count,))
        end = int(self.places[-1]) + int(self.sizes[-1]) * self.dtype.itemsize
        if end != self.tokens.stat().st_size:
            raise InputError(
                f"{self.tokens} and its index do not agree; run `mswitch bitext` again"
            )

    def __len__(self) -> int:
        return len(self.sizes)

    def __getitem__(self, index: int) -> np.ndarray:
        """int64 [tokens], eos included."""
        count, place = int(self.sizes[index]), int(self.places[index])
        return np.fromfile(self.tokens, self.dtype, count, offset=place).astype(np.int64)
