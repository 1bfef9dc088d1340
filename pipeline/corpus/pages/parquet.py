"""Documents of Parquet files, a batch of rows at a time.

A row group that cannot be read costs its own rows only; without a footer there are no rows.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.pages.web_page import NoPageError, Page, make_page
from pipeline.files.blocks import Rejected

PARQUET_MAGIC = b"PAR1"
_BATCH_ROWS = 128
_BUFFER_BYTES = 2**20  # of a column that are read at once


def parquet_pages(stream: BinaryIO, config: CorpusConfig) -> Iterator[Page | Rejected]:
    """The documents of a Parquet file that can seek, in order. OSErrors of the stream pass up."""
    import pyarrow as pa  # here: it takes half a second, and most inputs need none
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(
            stream, buffer_size=_BUFFER_BYTES, pre_buffer=False, page_checksum_verification=True
        )
        schema, groups = file.schema_arrow, file.num_row_groups
    except (pa.ArrowException, OSError, ValueError) as error:
        _pass_up(error)
        yield Rejected(0, "broken_parquet")
        return
    names = [config.url_field, config.timestamp_field, config.text_field]
    if config.text_field not in schema.names:
        yield Rejected(0, "no_text_field", "row", max(1, file.metadata.num_rows))
        return
    first = 0
    for group in range(groups):
        yield from _row_group(file, group, names, first, config.max_record_bytes)
        first += max(0, file.metadata.row_group(group).num_rows)


def _row_group(
    file: Any, group: int, names: list[str], first: int, longest: int
) -> Iterator[Page | Rejected]:
    """The rows of a group; `first` is the number of its first one in the file."""
    import pyarrow as pa

    rows = file.metadata.row_group(group).num_rows
    done = 0
    present = [name for name in names if name in file.schema_arrow.names]
    try:
        for batch in file.iter_batches(_BATCH_ROWS, [group], present, use_threads=False):
            columns = {name: _values(batch.column(name)) for name in present}
            missing = [None] * batch.num_rows
            for row in zip(*(columns.get(name, missing) for name in names), strict=True):
                yield _page(row, first + done, longest)
                done += 1
    except (pa.ArrowException, OSError, ValueError) as error:
        _pass_up(error)
    if done < rows:
        yield Rejected(first + done, "broken_row_group", "row", rows - done)


def _values(column: Any) -> list[Any]:
    """Bytes for text, ISO 8601 for times, else what the column holds; None for nothing."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        return _values(column.dictionary_decode())
    if pa.types.is_timestamp(kind):  # strings of UTC
        column = column.cast(pa.timestamp("s"), safe=False).cast(pa.string())
    elif pa.types.is_date(kind):
        column = column.cast(pa.string())
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = column.cast(pa.large_binary())  # each value is checked by itself
    return column.to_pylist()


def _page(row: tuple[Any, ...], number: int, longest: int) -> Page | Rejected:
    try:
        url, timestamp, text = (
            value.decode("utf-8") if isinstance(value, bytes) else value for value in row
        )
        if isinstance(text, str) and len(row[2]) > longest:
            raise NoPageError("record_too_long")
        return make_page(url, timestamp, text)
    except UnicodeDecodeError:
        return Rejected(number, "invalid_utf8", "row")
    except NoPageError as reason:
        return Rejected(number, str(reason), "row")


def _pass_up(error: Exception) -> None:
    """Raise errors of the file system again; Arrow's, of what the file holds, have no number."""
    if isinstance(error, OSError) and error.errno is not None:
        raise error
