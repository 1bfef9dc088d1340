"""Input files: on this machine, or on a file system that Beam knows (gs://, s3://, hdfs://, ...).

They are named by globs, and by lists of paths such as Common Crawl's `wet.paths.gz`.
"""

import contextlib
import glob
import importlib.util
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from langs.errors import InputError
from pipeline.files import zips
from pipeline.files.unpack import blocks
from pipeline.stages.quiet import quiet_logs

_LIST = re.compile(r"\.paths(\.gz|\.zst)?$")
_REMOTE = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):/")  # pathlib makes one slash of two
_EXTRAS = {
    "gs": ("gcp", "google.cloud.storage"),
    "s3": ("aws", "boto3"),
    "hdfs": ("hadoop", "hdfs"),
    "azfs": ("azure", "azure.storage.blob"),
}
"""Extra of `pip install 'apache-beam[...]'` for a file system, and a module that it brings."""
_BLOCK_BYTES = 2**20
_QUESTIONS_AT_ONCE = 32  # to a remote file system


@dataclass(frozen=True, order=True)
class InputFile:
    """A file that can be read."""

    path: str
    size: int  # bytes
    modified: float = 0.0  # seconds; of remote files only


def find(
    patterns: Sequence[str], prefix: str = "", beam_options: Sequence[str] = ()
) -> list[InputFile]:
    """The files that globs (`**` too) match, and those in folders and in matched lists, sorted.

    Each is given once. A name that exists is taken as it is, with `[` in it too; `~` is the home.

    `prefix` goes before every relative path of a list; without one the list's folder does.
    Raises InputError for a glob that matches nothing, a listed file that is missing, and a file
    system that is unknown, not installed or not answering.
    """
    if any(map(is_remote, [*patterns, prefix])):
        _set_options(beam_options)
    files: set[InputFile] = set()
    for pattern in patterns:
        matches = _match(pattern)
        if not matches:
            raise InputError(f"no file matches --input {pattern!r}; check the path")
        for match in matches:
            files.update(_listed(match.path, prefix) if _LIST.search(match.path) else [match])
    return sorted(files)


def inside(archive: InputFile) -> list[InputFile]:
    """The files inside a zip archive. Raises InputError as `zips.files_inside`."""
    with open_input(archive.path) as stream:
        return [
            replace(archive, path=path, size=size)
            for path, size in zips.files_inside(stream, archive.path)
        ]


def is_remote(path: str | Path) -> bool:
    """Whether the path names a file system by its scheme."""
    return _REMOTE.match(str(path)) is not None


def open_input(path: str) -> BinaryIO:
    """The file, open for reading at its start; it can seek. OSErrors pass up, others as find's."""
    if not is_remote(path):
        return open(path, "rb")
    from apache_beam.io.filesystem import CompressionTypes
    from apache_beam.io.filesystems import FileSystems

    try:
        return FileSystems.open(path, compression_type=CompressionTypes.UNCOMPRESSED)
    except Exception as error:  # every file system has its own
        raise _unreachable(path, error) from error


def unpacked(path: str, told: Callable[[int], object] = lambda size: None) -> Iterator[bytes]:
    """The unpacked content of a file in blocks of bounded size; `told` gets their packed bytes.

    Raises InputError for a damaged file, else as `open_input`.
    """
    before = 0
    with contextlib.ExitStack() as stack:
        stream = stack.enter_context(open_input(zips.archive_of(path)))
        if zips.is_inside(path):
            stream = stack.enter_context(zips.opened_inside(stream, path))
        for block in blocks(stream, path.rpartition("/")[2], _BLOCK_BYTES):
            if block.broken:
                raise InputError(f"{path} is damaged ({block.broken}); fetch it again")
            position = stream.tell()
            told(position - before)
            before = position
            yield block.data


def identities(files: Sequence[InputFile]) -> dict[str, Path | Mapping[str, Any]]:
    """The inputs of `folders.fingerprint`: local files by content, others by size and time."""
    archives = {file: replace(file, path=zips.archive_of(file.path)) for file in files}
    return {
        file.path: {"size": file.size, "modified": file.modified}
        if is_remote(file.path)
        else Path(file.path)
        for file in archives.values()
    }


def _match(pattern: str) -> list[InputFile]:
    if is_remote(pattern):
        return _match_remote(pattern)
    pattern = os.path.expanduser(pattern)
    if os.path.isdir(pattern):
        paths = list(_files_below(pattern))
    elif os.path.exists(pattern):
        paths = [pattern]
    else:
        literal = pattern.replace("[", "[[]")
        paths = glob.glob(pattern, recursive=True) or glob.glob(literal, recursive=True)
    return [InputFile(path, os.path.getsize(path)) for path in paths if os.path.isfile(path)]


def _files_below(folder: str) -> Iterator[str]:
    """The files in a folder and below it, without hidden ones and lists of paths."""
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith(".") and not _LIST.search(name):
                yield os.path.join(parent, name)


def _match_remote(pattern: str) -> list[InputFile]:
    from apache_beam.io.filesystems import FileSystems

    try:
        (result,) = FileSystems.match([pattern])
    except Exception as error:  # every file system has its own
        raise _unreachable(pattern, error) from error
    return [
        InputFile(match.path, match.size_in_bytes, match.last_updated_in_seconds)
        for match in result.metadata_list
    ]


def _set_options(beam_options: Sequence[str]) -> None:
    """Credentials, endpoints and regions come from the options that the job gets, too."""
    with quiet_logs():
        from apache_beam.io.filesystems import FileSystems
        from apache_beam.options.pipeline_options import PipelineOptions

        FileSystems.set_options(PipelineOptions(list(beam_options)))


def _unreachable(path: str, error: Exception) -> InputError:
    scheme = path.partition(":")[0]
    extra, module = _EXTRAS.get(scheme, ("", ""))
    if not extra:
        known = ", ".join(f"{name}://" for name in _EXTRAS)
        return InputError(f"{path}: unknown file system; use one of {known} or a local path")
    if not _is_installed(module):
        return InputError(f"{path}: {scheme}:// needs pip install 'apache-beam[{extra}]'")
    details = getattr(error, "exception_details", None)  # of Beam, by path
    causes = list(details.values()) if isinstance(details, dict) else []
    reason = " ".join(str((causes or [error])[0]).split())[:300]
    return InputError(f"{path} cannot be read ({reason}); check the path and your credentials")


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # not even its parent
        return False


def _listed(path: str, prefix: str) -> Iterator[InputFile]:
    """The files that a list names."""
    start = os.path.expanduser(prefix) or os.path.dirname(path) or "."
    content = b"".join(unpacked(path)).decode("utf-8-sig", "replace")
    lines = [line.strip() for line in content.split("\n")]
    numbered = [(number, line) for number, line in enumerate(lines, 1) if line]
    if not numbered:
        raise InputError(f"{path} names no file; write paths into it, one a line")
    paths = [
        line if is_remote(line) or line.startswith("/") else f"{start.rstrip('/')}/{line}"
        for _, line in numbered
    ]
    with ThreadPoolExecutor(_QUESTIONS_AT_ONCE) as pool:
        listed = list(pool.map(_look_up, paths))
    for (number, _), wanted, file in zip(numbered, paths, listed, strict=True):
        if not file:
            raise InputError(
                f"line {number} of {path}: {wanted} does not exist; fetch it, or say by "
                "--paths-prefix where the listed files are"
            )
        yield file


def _look_up(path: str) -> InputFile | None:
    if is_remote(path):
        return next(iter(_match_remote(path)), None)
    return InputFile(path, os.path.getsize(path)) if os.path.isfile(path) else None
