import io
import random

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from wet_files import record

from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.pages.reader import read_pages
from pipeline.corpus.pages.web_page import Page
from pipeline.files.zstd import zstd_blocks

CONFIG = CorpusConfig(max_record_bytes=100_000)
RECORDS = [record(f"http://x/{i}", f"text {i} " * 20) for i in range(5)]
SKIPPABLE = b"\x5d\x2a\x4d\x18\x05\x00\x00\x00hello"


def frame(data: bytes, **options) -> bytes:
    packer = zstandard.ZstdCompressor(**options).compressobj()
    return packer.compress(data) + packer.flush()


def frames(records) -> bytes:
    return b"".join(zstandard.compress(each) for each in records)


def read(data: bytes) -> list[str | tuple[int, str]]:
    found = read_pages(io.BytesIO(data), "x.warc.zst", CONFIG)
    return [x.url[-1] if isinstance(x, Page) else (x.offset, x.reason) for x in found]


LAYOUTS = {
    "a frame a record": frames,
    "with content size": lambda records: zstandard.compress(b"".join(records)),
    "without content size": lambda records: frame(b"".join(records)),
    "with checksum": lambda records: frame(b"".join(records), write_checksum=True),
    "skippable frames": lambda records: (
        SKIPPABLE + frames(records[:2]) + SKIPPABLE * 2 + frames(records[2:])
    ),
    "window of 8 MB": lambda records: frame(b"".join(records), level=19),
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_every_layout_gives_the_pages_in_order(layout):
    assert read(layout(RECORDS)) == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("size", [0, 1, 2**17, 3_000_000])
@pytest.mark.parametrize("repeated", [True, False])
def test_blocks_hold_the_content_and_stay_small(size, repeated):
    data = b"a" * size if repeated else random.Random(1).randbytes(size)
    blocks = list(zstd_blocks(io.BytesIO(frame(data) * 2), 1000))
    assert b"".join(block.data for block in blocks) == data * 2
    assert max(len(block.data) for block in blocks) <= 1000 + 2**17
    assert [block.offset for block in blocks if block.last] == [0, len(frame(data))]
    assert not any(block.broken for block in blocks)


def test_a_damaged_frame_costs_its_record_only():
    damaged = bytearray(zstandard.ZstdCompressor(write_checksum=True).compress(RECORDS[2]))
    damaged[-20] ^= 0xFF
    before = frames(RECORDS[:2])
    found = read(before + bytes(damaged) + frames(RECORDS[3:]))
    assert found == ["0", "1", (len(before), "broken_zstd_frame"), "3", "4"]


def test_rubbish_and_a_cut():
    before, last = frames(RECORDS[:2]), len(frames(RECORDS[:4]))
    found = read(before + b"rubbish" * 30_000 + frames(RECORDS[2:])[:-20])
    assert found == [
        *("0", "1"),
        (len(before), "not_zstd"),
        *("2", "3"),
        (last + 210_000, "truncated_zstd_frame"),
    ]


def test_frames_that_need_a_dictionary_are_refused_with_a_reason():
    samples = [record(f"http://y/{i}", f"words {i % 7} of page {i}" * 9) for i in range(300)]
    dictionary = zstandard.train_dictionary(2000, samples)
    packed = zstandard.ZstdCompressor(dict_data=dictionary).compress(RECORDS[1])
    before = len(frames(RECORDS[:1]))
    found = read(frames(RECORDS[:1]) + packed + frames(RECORDS[2:]))
    assert found == ["0", (before, "zstd_dictionary"), "2", "3", "4"]


def test_a_window_that_needs_gigabytes_is_refused():
    options = zstandard.ZstdCompressionParameters.from_level(3, window_log=28)
    packer = zstandard.ZstdCompressor(compression_params=options).compressobj()
    packed = packer.compress(RECORDS[1]) + packer.flush()
    assert read(packed + frames(RECORDS[2:])) == [(0, "zstd_window_too_large"), "2", "3", "4"]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_damage_raises_and_intact_frames_are_read(data):
    members = [frames([each]) for each in RECORDS]
    damaged = data.draw(st.sets(st.integers(0, len(members) - 1), max_size=3))
    for number in damaged:
        member = bytearray(members[number])
        for place in data.draw(st.lists(st.integers(0, len(member) - 1), min_size=1, max_size=8)):
            member[place] = data.draw(st.integers(0, 255))
        members[number] = bytes(member)
    found = read(b"".join(members))
    assert {str(n) for n in range(len(members)) if n not in damaged} <= set(found)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=500))
def test_arbitrary_bytes_never_raise(rubbish):
    read(b"\x28\xb5\x2f\xfd" + rubbish)
