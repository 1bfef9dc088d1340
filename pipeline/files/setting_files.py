"""Lines of text files that a setting names: plain, .gz or .zst."""

import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import zstandard

from langs.errors import InputError


def read_lines(setting: str, path: str) -> Iterator[str]:
    """The lines of a UTF-8 file without their ends, empty ones too.

    Raises InputError, which names the setting, for a file that is missing or damaged.
    """
    try:
        with _opened(Path(path)) as stream:
            for line in stream:
                yield line.rstrip("\r\n")
    except FileNotFoundError as error:
        raise InputError(f"{setting}: {path} is missing") from error
    except (EOFError, UnicodeDecodeError, gzip.BadGzipFile, zstandard.ZstdError) as error:
        raise InputError(f"{setting}: {path} cannot be read: {error}") from error


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    with path.open("rb") as raw:
        stream: Any = raw
        if path.suffix == ".gz":
            stream = gzip.GzipFile(fileobj=raw)
        elif path.suffix == ".zst":
            stream = zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True)
        yield io.TextIOWrapper(stream, encoding="utf-8-sig", newline="\n")
