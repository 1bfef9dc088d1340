"""The tokens of a language, read from its shards in place: memory stays as it is for any corpus."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from fairseq.data.indexed_dataset import MMapIndexedDataset, _code_to_dtype

from langs.errors import InputError

INDEX_HEADER_BYTES = 18  # magic word, version (8 bytes), code of the tokens' type
TYPE_CODES = {bytes([code]): dtype for code, dtype in _code_to_dtype.items()}


class TokenStream:
    """All documents of one language and split, end to end, addressed by token.

    Only the files' names and lengths are kept; each read opens the file and takes its part.
    """

    def __init__(self, folder: Path, shard_names: Sequence[str]) -> None:
        """folder holds NAME.bin and NAME.idx (fairseq's MMapIndexedDataset) for each shard name.

        Raises InputError when an index is broken, FileNotFoundError when a file is missing.
        """
        self.paths = [folder / name for name in shard_names]
        self.dtypes = [token_dtype(Path(f"{path}.idx")) for path in self.paths]
        lengths = [
            (folder / f"{name}.bin").stat().st_size // dtype.itemsize
            for name, dtype in zip(shard_names, self.dtypes, strict=True)
        ]
        self.starts = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))

    def __len__(self) -> int:
        return int(self.starts[-1])

    def read(self, start: int, tokens: int) -> np.ndarray:
        """int64 [tokens] from a position, going on at the beginning behind the end."""
        parts = []
        while tokens > 0:
            start %= len(self)
            shard = int(np.searchsorted(self.starts, start, side="right")) - 1
            count = min(tokens, int(self.starts[shard + 1]) - start)
            parts.append(self.read_shard(shard, start - int(self.starts[shard]), count))
            start, tokens = start + count, tokens - count
        return np.concatenate(parts).astype(np.int64)

    def read_shard(self, shard: int, start: int, tokens: int) -> np.ndarray:
        """A copy of tokens within one shard."""
        dtype = self.dtypes[shard]
        return np.fromfile(
            f"{self.paths[shard]}.bin", dtype=dtype, count=tokens, offset=start * dtype.itemsize
        )


def token_dtype(index: Path) -> np.dtype:
    """Type of the tokens, from the head of an index file: the rest need not be read."""
    magic = MMapIndexedDataset.Index._HDR_MAGIC
    with index.open("rb") as file:
        header = file.read(INDEX_HEADER_BYTES)
    if not header.startswith(magic) or header[INDEX_HEADER_BYTES - 1 :] not in TYPE_CODES:
        raise InputError(f"{index}: no index of a shard; run `mswitch prepare` again")
    return np.dtype(TYPE_CODES[header[INDEX_HEADER_BYTES - 1 :]])
