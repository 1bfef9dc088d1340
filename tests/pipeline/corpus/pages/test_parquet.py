import datetime
import io
import math

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.pages.reader import read_pages
from pipeline.corpus.pages.web_page import Page
from pipeline.files.blocks import Rejected

CONFIG = CorpusConfig(max_record_bytes=2000)
ROWS = 40
TABLE = pa.table(
    {
        "text": [f"text {n} " * 9 for n in range(ROWS)],
        "url": [f"http://x/{n}" for n in range(ROWS)],
        "timestamp": ["2024-05-18T01:58:10Z"] * ROWS,
        "more": [[n] for n in range(ROWS)],
    }
)


def packed(table: pa.Table = TABLE, **options) -> bytes:
    stream = io.BytesIO()
    pq.write_table(table, stream, **{"row_group_size": 10, "compression": "zstd"} | options)
    return stream.getvalue()


def read(
    data: bytes, name: str = "x.parquet", config: CorpusConfig = CONFIG
) -> list[Page | Rejected]:
    return list(read_pages(io.BytesIO(data), name, config))


def records(found: list[Page | Rejected]) -> int:
    return sum(x.records if isinstance(x, Rejected) else 1 for x in found)


@pytest.mark.parametrize("compression", ["none", "snappy", "gzip", "zstd", "lz4", "brotli"])
def test_rows_in_order(compression):
    found = read(packed(compression=compression), "no ending")
    assert [x.url for x in found] == [f"http://x/{n}" for n in range(ROWS)]
    assert found[7] == Page("http://x/7", "2024-05-18T01:58:10Z", "text 7 " * 9)


@pytest.mark.parametrize(
    "kind", [pa.large_string(), pa.binary(), pa.dictionary(pa.int32(), pa.string())]
)
def test_the_kinds_of_text(kind):
    table = TABLE.set_column(0, "text", TABLE["text"].cast(kind))
    assert [x.text for x in read(packed(table))] == TABLE["text"].to_pylist()


def test_times_and_nothing_but_a_text():
    when = datetime.datetime(2024, 5, 18, 1, 58, 10, 500, tzinfo=datetime.UTC)
    (page,) = read(packed(pa.table({"text": ["a"], "timestamp": [when]})))
    assert page.timestamp == "2024-05-18 01:58:10"
    (page,) = read(packed(pa.table({"text": ["a"], "timestamp": [when.date()]})))
    assert page.timestamp == "2024-05-18"
    (page,) = read(packed(pa.table({"text": ["a"]})))
    assert page.url.startswith("urn:md5:")


def test_the_names_of_the_fields_are_settings():
    config = CorpusConfig(text_field="url", url_field="text")
    assert read(packed(), config=config)[0].text == "http://x/0"


def test_rows_that_are_no_documents_cost_themselves_only():
    texts = [b"a", b"\xff", None, b" ", b"x" * 3000, b"b"]
    found = read(packed(pa.table({"text": pa.array(texts, pa.binary())})))
    assert [x.text if isinstance(x, Page) else (x.offset, x.reason) for x in found] == [
        "a",
        (1, "invalid_utf8"),
        (2, "no_field:text"),
        (3, "no_text"),
        (4, "record_too_long"),
        "b",
    ]
    assert {x.unit for x in found if isinstance(x, Rejected)} == {"row"}


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (TABLE.rename_columns(["t", "url", "timestamp", "more"]), "no_field:text"),
        (TABLE.rename_columns(["text", "text", "timestamp", "more"]), "duplicate_field:text"),
        (TABLE.drop(["text"]).rename_columns(["url", "timestamp", "text"]), "wrong_type:text"),
    ],
)
def test_columns_that_do_not_fit_reject_every_row(table, reason):
    found = read(packed(table))
    assert {x.reason for x in found} == {reason}
    assert records(found) == ROWS


def test_columns_of_one_name_that_are_not_the_text_cost_no_row():
    for names in (["text", "url", "url", "more"], ["text", "x", "x", "timestamp"]):
        found = read(packed(TABLE.rename_columns(names)))
        assert [page.text for page in found] == TABLE["text"].to_pylist()
        assert all(page.url.startswith("urn:md5:") for page in found)


@pytest.mark.parametrize(
    ("values", "timestamp"),
    [
        (pa.array([1716000000]), "2024-05-18T02:40:00Z"),
        (pa.array([1716000000000000000]), "2024-05-18T02:40:00Z"),
        (pa.array([1716000000.5]), "2024-05-18T02:40:00Z"),
        (pa.array([1716000000], pa.timestamp("s")), "2024-05-18 02:40:00"),
        (pa.array([1716000000 * 10**9], pa.timestamp("ns", "Europe/Oslo")), "2024-05-18 02:40:00"),
        (pa.array([2**62], pa.timestamp("ms")), ""),
        (pa.array([2**31 - 1], pa.date32()), ""),
        (pa.array([math.nan]), ""),
        (pa.array([2**62], pa.duration("s")), ""),
        (pa.array([datetime.time(1, 2)]), ""),
        (pa.array([True]), ""),
        (pa.array([[2024]]), ""),
        (pa.array([b"2024-\xff"]), ""),
        (pa.array([None], pa.null()), ""),
    ],
)
def test_a_timestamp_of_any_type_costs_no_row(values, timestamp):
    table = pa.table({"text": ["a"], "url": ["http://a"], "timestamp": values})
    assert read(packed(table)) == [Page("http://a", timestamp, "a")]


@pytest.mark.parametrize("values", [pa.array([5]), pa.array([["x"]]), pa.array([b"\xff"])])
def test_an_address_of_any_type_costs_no_row(values):
    (page,) = read(packed(pa.table({"text": ["a"], "url": values})))
    assert page.url.startswith("urn:md5:")


def test_times_of_the_old_96_bit_kind():
    table = pa.table({"text": ["a"], "timestamp": pa.array([1716000000], pa.timestamp("s"))})
    (page,) = read(packed(table, use_deprecated_int96_timestamps=True))
    assert page.timestamp == "2024-05-18 02:40:00"


def test_a_damaged_row_group_costs_its_rows_only():
    data = bytearray(packed(write_page_checksum=True, use_dictionary=False))
    column = pq.ParquetFile(io.BytesIO(data)).metadata.row_group(1).column(0)
    data[column.data_page_offset + column.total_compressed_size - 9] ^= 0xFF
    found = read(bytes(data))
    assert [x for x in found if isinstance(x, Rejected)] == [
        Rejected(10, "broken_row_group", "row", 10)
    ]
    assert records(found) == ROWS


@pytest.mark.parametrize("data", [packed()[:-30], packed()[:40], b"PAR1", b"PAR1" * 20])
def test_a_file_without_its_footer(data):
    assert read(data) == [Rejected(0, "broken_parquet")]


def test_an_empty_table_and_a_wrong_name():
    assert read(packed(TABLE.slice(0, 0))) == []
    assert read(b"rubbish" * 9, "x.parquet") == [Rejected(0, "broken_parquet")]
    assert records(read(packed(), "x.jsonl.gz")) == ROWS


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_whatever_bytes_are_damaged_no_row_is_lost(data):
    """The footer is left alone, as it says how many rows there are."""
    whole = packed(write_page_checksum=True)
    changed = bytearray(whole)
    end = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    for place in data.draw(st.lists(st.integers(4, end - 1), min_size=1, max_size=12)):
        changed[place] ^= data.draw(st.integers(1, 255))
    found = read(bytes(changed))
    assert records(found) == ROWS


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_footer_never_raises(data):
    changed = bytearray(packed())
    for place in data.draw(st.lists(st.integers(4, len(changed) - 9), min_size=1, max_size=9)):
        changed[place] = data.draw(st.integers(0, 255))
    read(bytes(changed))
