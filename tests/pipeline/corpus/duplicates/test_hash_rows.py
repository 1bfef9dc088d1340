import numpy as np

from pipeline.corpus.duplicates import hash_rows
from pipeline.corpus.duplicates.hashes import LINE


def some_rows(count: int) -> np.ndarray:
    made = np.zeros(count, LINE)
    made["text"] = np.random.default_rng(1).integers(0, 2**63, count)
    made["line"] = np.arange(count)
    return made


def test_blocks_are_all_rows_in_order(tmp_path, monkeypatch):
    monkeypatch.setattr(hash_rows, "_BLOCK_ROWS", 100)
    some_rows(250).tofile(tmp_path / "x")
    blocks = list(hash_rows.read_blocks(tmp_path / "x", LINE))
    assert [len(block) for block in blocks] == [100, 100, 50]
    assert np.concatenate(blocks).tobytes() == some_rows(250).tobytes()


def test_equal_hashes_come_together_and_no_row_is_lost(tmp_path):
    made = some_rows(1000)
    made["text"] %= 50
    pieces = hash_rows.write_by_bucket([made[:300], made[300:]], tmp_path / "x", "text", 7)
    found = [(bucket, hash_rows.read_extent(extent, LINE)) for bucket, extent in pieces]
    for bucket, part in found:
        assert set((part["text"] % 7).tolist()) == {bucket}
    lines = np.concatenate([part["line"] for _, part in found])
    assert sorted(lines.tolist()) == list(range(1000))
    assert len(pieces) == 14
