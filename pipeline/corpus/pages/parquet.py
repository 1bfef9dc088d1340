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
_TEXT_TYPES = ("string", "large_string", "binary", "large_binary", "fixed_size_binary")
_OTHER = object()  # a value that is neither text nor time nor number


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
    texts = schema.names.count(config.text_field)
    if texts != 1:
        reason = f"{'duplicate' if texts else 'no'}_field:{config.text_field}"
        yield Rejected(0, reason, "row", max(1, file.metadata.num_rows))
        return
    first = 0
    for group in range(groups):
        yield from _row_group(file, group, config, first)
        first += max(0, file.metadata.row_group(group).num_rows)


def _row_group(
    file: Any, group: int, config: CorpusConfig, first: int
) -> Iterator[Page | Rejected]:
    """The rows of a group; `first` is the number of its first one in the file.

    Of two columns of one name none is taken for an address or a time.
    """
    import pyarrow as pa

    rows = file.metadata.row_group(group).num_rows
    done = 0
    names = (config.url_field, config.timestamp_field, config.text_field)
    present = [name for name in names if file.schema_arrow.names.count(name) == 1]
    try:
        for batch in file.iter_batches(_BATCH_ROWS, [group], present, use_threads=False):
            columns = {name: _values(batch.column(name)) for name in present}
            missing = [None] * batch.num_rows
            for row in zip(*(columns.get(name, missing) for name in names), strict=True):
                yield _page(row, first + done, config)
                done += 1
    except (pa.ArrowException, OSError, ValueError) as error:
        _pass_up(error)
    if done < rows:
        yield Rejected(first + done, "broken_row_group", "row", rows - done)


def _values(column: Any) -> list[Any]:
    """Bytes for text, ISO 8601 for times, numbers; None for nothing, _OTHER for other values."""
    import pyarrow as pa

    kind, types = column.type, pa.types
    if types.is_dictionary(kind):
        return _values(column.dictionary_decode())
    if isinstance(column, pa.ExtensionArray):
        return _values(column.storage)
    if types.is_timestamp(kind):  # strings of UTC
        column = column.cast(pa.timestamp("s"), safe=False).cast(pa.string())
    elif types.is_date(kind):
        column = column.cast(pa.string())
    elif types.is_string_view(kind):
        column = column.cast(pa.large_string())
    if types.is_integer(kind) or types.is_floating(kind):
        return column.to_pylist()
    if not str(column.type).startswith(_TEXT_TYPES):
        return [_OTHER if valid else None for valid in column.is_valid().to_pylist()]
    return column.cast(pa.large_binary()).to_pylist()  # each value is decoded by itself


def _page(row: tuple[Any, ...], number: int, config: CorpusConfig) -> Page | Rejected:
    """The page of a row's address, time and text."""
    url, timestamp, text = row
    try:
        if isinstance(text, bytes):
            if len(text) > config.max_record_bytes:
                raise NoPageError("record_too_long")
            text = text.decode("utf-8")
        return make_page(_decoded(url), _decoded(timestamp), text, config.text_field)
    except UnicodeDecodeError:
        return Rejected(number, "invalid_utf8", "row")
    except NoPageError as reason:
        return Rejected(number, str(reason), "row")


def _decoded(value: Any) -> Any:
    """Text for bytes, None if they are no UTF-8; other values as they are."""
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _pass_up(error: Exception) -> None:
    """Raise errors of the file system again; Arrow's, of what the file holds, have no number."""
    if isinstance(error, OSError) and error.errno is not None:
        raise error
