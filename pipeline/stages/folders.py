"""Folders that a stage fills: half-written ones are never mistaken for finished ones.

A finished folder holds `_SUCCESS.json`: the fingerprint of what it was made from and a summary of
what is in it. An unfinished one holds `_STARTED.json`, which tells the next run that it may delete
or continue what is there. The usual course of a stage:

    made_from = fingerprint(config, {"corpus": corpus_folder})
    summary = made(output, made_from, lambda folder: write_files_into(folder))
"""

import contextlib
import dataclasses
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import BufferedReader
from pathlib import Path
from typing import Any

from langs.errors import InputError
from pipeline.stages.progress import say
from pipeline.stages.settings import output_values

SUCCESS = "_SUCCESS.json"
STARTED = "_STARTED.json"
HASHED_WHOLE_BYTES = 64 * 2**20  # larger files: size, first and last MiB stand for the content
_MIB = 2**20
GoesOn = Callable[[dict[str, Any], dict[str, Any]], bool]
"""(fingerprint of an earlier run, fingerprint now) -> whether its folder may be continued."""
_DIFFERENCES_SHOWN = 3


def fingerprint(
    configuration: object, inputs: Mapping[str, Path | Mapping[str, Any]]
) -> dict[str, Any]:
    """The fingerprint of a folder: its configuration and the content of its inputs.

    `configuration`: a dataclass, of whose settings those count that change the output, or a mapping
    of JSON values. Each input: a file, a folder that
    another stage has finished, or JSON values that stand for something elsewhere.
    Raises InputError for an input that is missing or a folder that is not finished.
    """
    if dataclasses.is_dataclass(configuration) and not isinstance(configuration, type):
        configuration = output_values(configuration)
    described = {
        name: path if isinstance(path, Mapping) else _identity(Path(path))
        for name, path in inputs.items()
    }
    return json.loads(json.dumps({"configuration": configuration, "inputs": described}))


def made(
    output: Path,
    made_from: dict[str, Any],
    work: Callable[[Path], Mapping[str, Any]],
    *,
    title: str = "",
    continued: bool = False,
    keep: Sequence[str] = (),
    goes_on: GoesOn | None = None,
) -> dict[str, Any]:
    """The summary of a stage's folder, which `work(folder)` fills unless it is complete.

    Args:
        output: the folder.
        made_from: its `fingerprint`.
        work: writes the files and returns the summary (see `mark_complete`).
        title: of the stage, for the line that says that nothing is to be done; "": no line.
        continued: work in the folder itself and go on from what is there (`continued_folder`),
            not in a new one beside it (`partial_folder`).
        keep: entries of an interrupted `partial_folder` that the work goes on from.
        goes_on: whether a folder that is `continued` may be continued from another fingerprint;
            if it is complete, it is no longer then.

    Raises InputError for a folder made from something else; what `work` raises passes up.
    """
    if is_complete(output, made_from, goes_on):
        if title:
            say(f"{title}: {output} is complete, nothing to do")
        return read_summary(output)
    opened = (
        continued_folder(output, made_from, goes_on)
        if continued
        else partial_folder(output, made_from=made_from, keep=keep)
    )
    with opened as folder:
        summary = dict(work(folder))
        mark_complete(folder, made_from, summary)
    return summary


def is_complete(folder: Path, made_from: dict[str, Any], goes_on: GoesOn | None = None) -> bool:
    """True if `folder` was finished from this very fingerprint; False if it is still to be made.

    It is still to be made too if it `goes_on` from the fingerprint it was finished from. Raises
    InputError if the folder was finished from anything else, or is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file, not a folder; choose another --output")
    if not (folder / SUCCESS).exists():
        return False
    earlier = read_summary_file(folder / SUCCESS)["fingerprint"]
    if goes_on and goes_on(earlier, made_from):
        return False
    _refuse_other(folder, earlier, made_from)
    return True


def mark_complete(folder: Path, made_from: dict[str, Any], summary: Mapping[str, Any]) -> None:
    """Write `_SUCCESS.json`; call it as the last thing inside `partial_folder`.

    The summary must be the same for the same input (no times): later stages take the file's hash.
    """
    write_json(folder / SUCCESS, {"fingerprint": made_from, "summary": dict(summary)})
    (folder / STARTED).unlink(missing_ok=True)


def read_summary(folder: Path) -> dict[str, Any]:
    """The summary of a finished folder. Raises InputError if it is missing or not finished."""
    if not (folder / SUCCESS).is_file():
        raise InputError(f"{folder} is not finished; run the command that makes it first")
    return read_summary_file(folder / SUCCESS)["summary"]


@contextlib.contextmanager
def partial_folder(
    folder: Path,
    replace: bool = False,
    made_from: dict[str, Any] | None = None,
    keep: Sequence[str] = (),
) -> Iterator[Path]:
    """Work in `<folder>.partial`; it gets its real name when the block ends without an error.

    What an earlier run left unfinished is deleted first, but for the entries `keep` if it was made
    from the same fingerprint. With `replace`, a finished folder stays and gets the new files one
    by one, so that each can be read at any time; what else is in it goes, but for the entries
    `keep`. Raises InputError if either folder has content of any other kind, or if another process
    is filling it; this is asked again at the end, when `<folder>.partial` stays. OSErrors pass up.
    """
    folder = folder.resolve()
    partial = folder.with_name(folder.name + ".partial")
    _refuse_foreign(folder, finished_too=not replace)
    _refuse_foreign(partial, finished_too=False)
    partial.mkdir(parents=True, exist_ok=True)
    with _locked(partial / STARTED):
        same = made_from is not None and started_from(partial / STARTED) == made_from
        _empty(partial, but=(STARTED, *keep) if same else (STARTED,))
        if made_from is not None:
            started = json.dumps({"fingerprint": made_from})
            (partial / STARTED).write_text(started, encoding="utf-8")  # in place: it is locked
        with _gone_if_nothing_was_made(partial):
            yield partial
        _refuse_foreign(folder, finished_too=not replace)
        if replace and folder.exists():
            _move_into(folder, partial, keep)
        else:
            _delete_unless_in_use(folder)
            partial.rename(folder)


@contextlib.contextmanager
def continued_folder(
    folder: Path, made_from: dict[str, Any], goes_on: GoesOn | None = None
) -> Iterator[Path]:
    """Work in `folder` itself and keep what an interrupted run of the same fingerprint left.

    So it is with a run of another fingerprint that `goes_on`, finished or not. One that left
    nothing (its first command was mistaken, say) is no hindrance. Raises InputError if the folder
    has content of any other kind, or if another process is filling it; OSErrors pass up.
    """
    folder = folder.resolve()
    _refuse_foreign(folder, finished_too=goes_on is None)
    folder.mkdir(parents=True, exist_ok=True)
    started, finished = folder / STARTED, folder / SUCCESS
    with _locked(started):
        last = finished if finished.exists() else started
        if last.stat().st_size and any(path != started for path in folder.iterdir()):
            earlier = read_summary_file(last)["fingerprint"]
            if not (goes_on and goes_on(earlier, made_from)):
                _refuse_foreign(folder)
                _refuse_other(folder, earlier, made_from)
        started.write_text(json.dumps({"fingerprint": made_from}), encoding="utf-8")
        finished.unlink(missing_ok=True)
        with _gone_if_nothing_was_made(folder):
            yield folder


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 file so that it is there whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8", newline="\n")
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_json(path: Path, data: object) -> None:
    """Write JSON (indented, keys in their own order) so that it is there whole or not at all."""
    write_text(path, json.dumps(data, ensure_ascii=False, indent=1) + "\n")


def read_summary_file(path: Path) -> dict[str, Any]:
    """The content of a `_SUCCESS.json` or `_STARTED.json`. Raises InputError if it is damaged."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(content["fingerprint"], dict):
            return content
    except (ValueError, KeyError, TypeError):
        pass
    raise InputError(f"{path} is damaged; delete its folder and run the command again")


def started_from(path: Path) -> dict[str, Any] | None:
    """The fingerprint in a `_STARTED.json`; None if it holds none, or is not there."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))["fingerprint"]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _identity(path: Path) -> dict[str, Any]:
    if path.is_dir():
        if not (path / SUCCESS).is_file():
            raise InputError(f"{path} is not finished; run the command that makes it first")
        return {"sha256": hashlib.sha256((path / SUCCESS).read_bytes()).hexdigest()}
    if not path.exists():
        raise InputError(f"{path} does not exist; check the path")
    size = path.stat().st_size
    with path.open("rb") as stream:
        return {"size": size, "sha256": _content_hash(stream, size)}


def _content_hash(stream: BufferedReader, size: int) -> str:
    if size <= HASHED_WHOLE_BYTES:
        return hashlib.file_digest(stream, "sha256").hexdigest()
    digest = hashlib.sha256(stream.read(_MIB))
    stream.seek(size - _MIB)
    digest.update(stream.read(_MIB))
    return digest.hexdigest()


def _refuse_other(folder: Path, earlier: dict[str, Any], now: dict[str, Any]) -> None:
    before, after = _flat(earlier), _flat(now)
    keys = [key for key in before | after if before.get(key) != after.get(key)]
    if not keys:
        return
    shown = [_difference(key, before, after) for key in keys[:_DIFFERENCES_SHOWN]]
    if len(keys) > _DIFFERENCES_SHOWN:
        shown.append(f"and {len(keys) - _DIFFERENCES_SHOWN} more")
    advice = "choose another --output or delete the folder"
    raise InputError(f"{folder} was made differently: {', '.join(shown)}; {advice}")


def _difference(key: str, before: dict[str, Any], after: dict[str, Any]) -> str:
    section, _, name = key.partition(".")
    if section == "inputs":
        return f"the input {name} has changed"
    return f"{name} was {_value(before, key)} and is now {_value(after, key)}"


def _value(values: dict[str, Any], key: str) -> str:
    text = json.dumps(values[key], ensure_ascii=False) if key in values else "not set"
    return text if len(text) <= 60 else text[:57] + "..."


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    leaves: dict[str, Any] = {}
    for key, value in tree.items():
        if prefix == "inputs." and isinstance(value, Mapping):
            leaves[prefix + key] = value
        elif isinstance(value, Mapping):
            leaves |= _flat(value, f"{prefix}{key}.")
        else:
            leaves[prefix + key] = value
    return leaves


def _refuse_foreign(folder: Path, finished_too: bool = True) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise InputError(f"{folder} is a file, not a folder; choose another --output")
    if finished_too and (folder / SUCCESS).exists():
        raise InputError(f"{folder} is finished; choose another --output or delete the folder")
    ours = (folder / STARTED).exists() or (folder / SUCCESS).exists()
    if not ours and any(folder.iterdir()):
        raise InputError(f"{folder} has files that mswitch did not make; choose another --output")


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock on the file to the end of the block, so that two runs never share a folder."""
    with path.open("a", encoding="utf-8") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(f"another run is writing {path.parent}; wait for its end") from error
        except OSError:
            pass  # file systems without locks (some cluster mounts): go on without
        yield


@contextlib.contextmanager
def _gone_if_nothing_was_made(folder: Path) -> Iterator[None]:
    """Delete the folder if the block fails before it made anything, for a mistaken setting, say."""
    try:
        yield
    except BaseException:
        if [path.name for path in folder.iterdir()] == [STARTED]:
            _delete(folder)
        raise


def _delete_unless_in_use(folder: Path) -> None:
    """Delete an unfinished folder. Raises InputError if another process is filling it."""
    if not (folder / STARTED).exists():
        _delete(folder)
        return
    with _locked(folder / STARTED):
        _delete(folder)


def _move_into(folder: Path, partial: Path, keep: Sequence[str]) -> None:
    """Put the content of a finished folder in the place of that of another, the marker last."""
    names = [path.name for path in partial.iterdir()]
    for name in sorted(names, key=lambda name: name == SUCCESS):
        if (folder / name).is_dir():
            _delete(folder / name)
        (partial / name).replace(folder / name)
    _empty(folder, but=(*names, *keep))
    partial.rmdir()


def _empty(folder: Path, but: Sequence[str]) -> None:
    """Delete all in the folder but some entries, and unfinished files in these."""
    for path in folder.iterdir():
        if path.name not in but:
            _delete(path)
    for path in folder.rglob(".*.tmp"):
        path.unlink()


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
