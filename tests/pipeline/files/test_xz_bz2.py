import bz2
import io
import lzma
import random
from collections.abc import Callable
from types import ModuleType

import pytest

from pipeline.files.blocks import Block
from pipeline.files.xz_bz2 import bz2_blocks, is_bz2, xz_blocks

DATA = random.Random(1).randbytes(300_000)
BLOCKS: dict[ModuleType, Callable] = {lzma: xz_blocks, bz2: bz2_blocks}
KINDS = {lzma: "xz", bz2: "bz2"}
PACKERS = pytest.mark.parametrize("packer", BLOCKS, ids=KINDS.values())


def blocks(packer: ModuleType, data: bytes) -> list[Block]:
    return list(BLOCKS[packer](io.BytesIO(data), 1000))


@PACKERS
@pytest.mark.parametrize("data", [b"", b"a", b"a" * 3_000_000, DATA], ids=len)
def test_streams_one_behind_another_come_in_small_blocks(packer: ModuleType, data: bytes) -> None:
    packed = packer.compress(data)
    found = blocks(packer, packed + b"\0" * 8 + packed)  # xz allows padding between streams
    assert b"".join(block.data for block in found) == data * 2
    assert max(len(block.data) for block in found) <= 1000
    assert sum(block.last for block in found) == 2
    assert not any(block.broken for block in found)


@PACKERS
def test_a_cut_stream_gives_what_it_holds_and_says_so(packer: ModuleType) -> None:
    found = blocks(packer, packer.compress(DATA, **PRESETS[packer])[:-10_000])
    assert found[-1].broken == f"truncated_{KINDS[packer]}_stream"
    content = b"".join(block.data for block in found)
    assert 190_000 < len(content) < len(DATA)
    assert DATA.startswith(content)


PRESETS = {lzma: {}, bz2: {"compresslevel": 1}}  # bzip2 gives whole blocks of 100,000 bytes alone


@PACKERS
def test_damage_is_noticed(packer: ModuleType) -> None:
    packed = bytearray(packer.compress(DATA))
    packed[150_000] ^= 1
    broken = f"broken_{KINDS[packer]}_stream"
    assert blocks(packer, bytes(packed))[-1].broken == broken
    assert blocks(packer, b"this is no such stream")[-1].broken == broken


def test_text_that_begins_like_bzip2_is_text() -> None:
    assert is_bz2(bz2.compress(b"text"))
    assert not is_bz2(b"BZh, said the bee")
