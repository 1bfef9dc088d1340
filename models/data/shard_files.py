"""The ids in the files of shards, read in place: memory stays as it is for any corpus."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from langs.errors import InputError
from models.formats.data_folder import HEADER, IDS, INDEX, MAGIC, PLACES, SIZES, TYPES


class TokenStream:
    """All documents of one language and split, end to end, addressed by token.

    Only the files' names and lengths are kept; each read opens the file and takes its part.
    """

    def __init__(self, folder: Path, shard_names: Sequence[str]) -> None:
        """Open the shards of a folder.

        Args:
            folder: the folder of NAME.bin and NAME.idx for each shard.
            shard_names: the names in the order of the stream.

        Raises:
            InputError: an index is broken.
            FileNotFoundError: a file is missing.
        """
        self.files = [folder / f"{name}{IDS}" for name in shard_names]
        self.dtypes = [token_type(folder / f"{name}{INDEX}") for name in shard_names]
        lengths = [
            file.stat().st_size // dtype.itemsize
            for file, dtype in zip(self.files, self.dtypes, strict=True)
        ]
        self.starts = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))

    def __len__(self) -> int:
        return int(self.starts[-1])

    def read(self, start: int, tokens: int) -> np.ndarray:
        """int64 [tokens] from a position on; behind the end the stream begins again."""
        parts = []
        while tokens > 0:
            start %= len(self)
            shard = int(np.searchsorted(self.starts, start, side="right")) - 1
            count = min(tokens, int(self.starts[shard + 1]) - start)
            parts.append(self.read_shard(shard, start - int(self.starts[shard]), count))
            start, tokens = start + count, tokens - count
        return np.concatenate(parts).astype(np.int64)

    def read_shard(self, shard: int, start: int, tokens: int) -> np.ndarray:
        """A copy of tokens [tokens] within one shard, in the shard's dtype."""
        dtype = self.dtypes[shard]
        return np.fromfile(self.files[shard], dtype, tokens, offset=start * dtype.itemsize)


class Sentences:
    """The sentences of one shard in any order, as `mswitch bitext` writes them.

    The index is mapped, not read; each sentence is a read of its own.
    """

    def __init__(self, shard: Path) -> None:
        """Map the index of a shard.

        Args:
            shard: the path without ending.

        Raises:
            InputError: one of the two files is damaged.
        """
        index, self.tokens = Path(f"{shard}{INDEX}"), Path(f"{shard}{IDS}")
        self.dtype = token_type(index)
        start, size = HEADER.size, index.stat().st_size
        count = (size - start) // (SIZES.itemsize + PLACES.itemsize)
        places = start + SIZES.itemsize * count
        if count < 1 or places + PLACES.itemsize * count != size:
            raise InputError(f"{index} is damaged; run `mswitch bitext` again")
        self.sizes = np.memmap(index, SIZES, "r", start, (count,))
        self.places = np.memmap(index, PLACES, "r", places, (count,))
        end = int(self.places[-1]) + int(self.sizes[-1]) * self.dtype.itemsize
        if end != self.tokens.stat().st_size:
            raise InputError(
                f"{self.tokens} and its index do not agree; run `mswitch bitext` again"
            )

    def __len__(self) -> int:
        return len(self.sizes)

    def __getitem__(self, index: int) -> np.ndarray:
        """The ids of a sentence, int64 [tokens], eos included."""
        count, place = int(self.sizes[index]), int(self.places[index])
        return np.fromfile(self.tokens, self.dtype, count, offset=place).astype(np.int64)


def token_type(index: Path) -> np.dtype:
    """Type of the ids, from the head of an index file. Raises InputError for any other file."""
    with index.open("rb") as file:
        header = file.read(HEADER.size)
    if len(header) == HEADER.size:
        magic, _, code, _ = HEADER.unpack(header)
        if magic == MAGIC and code in TYPES:
            return TYPES[code]
    raise InputError(f"{index}: no index of a shard; run `mswitch prepare` again")
