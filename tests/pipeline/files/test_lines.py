import io
import zlib

import pytest
import zstandard

from pipeline.files.blocks import Rejected, gzip_blocks
from pipeline.files.lines import lines, whole_lines
from pipeline.files.zstd import zstd_blocks


def test_long_lines_over_many_blocks() -> None:
    texts = [b"a" * 300_000, b"", b"b" * 10, b"c" * 200_000]
    packed = io.BytesIO(zstandard.compress(b"\n".join(texts)))
    assert list(whole_lines(zstd_blocks(packed, 2**16))) == texts


def test_a_damaged_file_is_refused_or_its_loss_told() -> None:
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    half = (packer.compress(b"one\ntwo\nthree") + packer.flush())[:-8]
    found = list(lines(gzip_blocks(io.BytesIO(half), 100)))
    assert found == [b"one", b"two", Rejected(0, "truncated_gzip_member")]
    with pytest.raises(ValueError, match="truncated_gzip_member"):
        list(whole_lines(gzip_blocks(io.BytesIO(half), 100)))
