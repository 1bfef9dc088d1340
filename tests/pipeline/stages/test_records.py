import json

import pytest

from pipeline.stages import records


@pytest.fixture
def made(tmp_path):
    """A record with a file."""
    (tmp_path / "data").write_bytes(b"some rows")
    (tmp_path / "records").mkdir()
    records.keep(tmp_path / "records" / "0.json", {"pages": [1, "é"]}, [tmp_path / "data"])
    return tmp_path


def test_what_was_kept_comes_back(made):
    assert records.load(made / "records" / "0.json") == {"pages": [1, "é"]}
    assert records.load(made / "records" / "1.json") is None


def test_a_folder_that_has_moved_is_the_same(made):
    moved = made.rename(made.with_name("elsewhere"))
    assert records.load(moved / "records" / "0.json") == {"pages": [1, "é"]}


@pytest.mark.parametrize("place", range(0, 250, 7))
def test_one_changed_bit_is_noticed(made, place):
    record = made / "records" / "0.json"
    data = bytearray(record.read_bytes())
    data[place % (len(data) - 1)] ^= 1
    record.write_bytes(data)
    assert records.load(record) is None


@pytest.mark.parametrize("content", [b"some rowz", b"some row", b"", None])
def test_a_damaged_or_missing_file_is_noticed(made, content):
    if content is None:
        (made / "data").unlink()
    else:
        (made / "data").write_bytes(content)
    assert records.load(made / "records" / "0.json") is None


def test_half_a_record_is_none(made):
    record = made / "records" / "0.json"
    record.write_text(record.read_text()[:80])
    assert records.load(record) is None
    record.write_text(json.dumps({"content": 1}))
    assert records.load(record) is None
