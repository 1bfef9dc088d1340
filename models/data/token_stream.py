"""The tokens of a language, read from its shards in place: memory stays as it is for any corpus."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from fairseq.data.indexed_dataset import MMapIndexedDataset


class TokenStream:
    """All documents of one language and split, end to end, addressed by token.

    Only the files' names and lengths are kept; each read maps the part it needs.
    """

    def __init__(self, folder: Path, shard_names: Sequence[str]) -> None:
        """folder holds NAME.bin and NAME.idx (fairseq's MMapIndexedDataset) for each shard name."""
        self.paths = [folder / name for name in shard_names]
        indices = [MMapIndexedDataset.Index(f"{path}.idx") for path in self.paths]
        self.dtypes = [np.dtype(index.dtype) for index in indices]
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
