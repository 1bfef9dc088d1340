import io
import lzma
import random

import pytest

from pipeline.corpus.xz_members import xz_blocks

DATA = random.Random(1).randbytes(300_000)


def blocks(data: bytes, size: int = 1000):
    return list(xz_blocks(io.BytesIO(data), size))


@pytest.mark.parametrize("data", [b"", b"a", b"a" * 3_000_000, DATA], ids=len)
def test_streams_one_behind_another_come_in_small_blocks(data):
    packed = lzma.compress(data)
    found = blocks(packed + b"\0" * 8 + packed)  # padding is allowed between streams
    assert b"".join(block.data for block in found) == data * 2
    assert max(len(block.data) for block in found) <= 1000
    assert sum(block.last for block in found) == 2
    assert not any(block.broken for block in found)


def test_a_cut_stream_gives_what_it_holds_and_says_so():
    found = blocks(lzma.compress(DATA)[:-10_000])
    assert found[-1].broken == "truncated_xz_stream"
    content = b"".join(block.data for block in found)
    assert 250_000 < len(content) < len(DATA)
    assert DATA.startswith(content)


def test_damage_is_noticed():
    packed = bytearray(lzma.compress(DATA))
    packed[150_000] ^= 1
    assert blocks(bytes(packed))[-1].broken == "broken_xz_stream"
    assert blocks(b"this is no xz stream")[-1].broken == "broken_xz_stream"
