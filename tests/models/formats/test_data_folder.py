import numpy as np
import pytest
from fairseq.data.indexed_dataset import MMapIndexedDataset, _code_to_dtype

from models.formats import data_folder
from pipeline.stages import folders


def test_the_header_is_fairseq_s() -> None:
    magic = MMapIndexedDataset.Index._HDR_MAGIC
    header = data_folder.index_header(np.dtype(np.uint16), 3)
    assert header == magic + bytes([1, *[0] * 7, 8, 3, *[0] * 7])
    assert all(np.dtype(_code_to_dtype[c]) == dtype for c, dtype in data_folder.TYPES.items())


def test_other_types_have_no_header() -> None:
    with pytest.raises(KeyError):
        data_folder.index_header(np.dtype(np.float32), 3)


def test_the_mark_is_that_of_every_stage() -> None:
    assert data_folder.SUCCESS == folders.SUCCESS
