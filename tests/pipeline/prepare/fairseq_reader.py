"""fairseq's own reader and builder of shards, against which ours are held."""
# ruff: noqa: I001

import models.fairseq_compat  # noqa: F401  (before fairseq)
from fairseq.data import indexed_dataset
from fairseq.data.indexed_dataset import MMapIndexedDataset


def documents(path: object) -> list[list[int]]:
    """The documents of the shard `<path>.bin`, `<path>.idx`."""
    dataset = indexed_dataset.make_dataset(str(path), "mmap")
    assert isinstance(dataset, MMapIndexedDataset)
    read = [dataset[i].tolist() for i in range(len(dataset))]
    assert dataset.sizes.tolist() == [len(ids) for ids in read]
    return read
