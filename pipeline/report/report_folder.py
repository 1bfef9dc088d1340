"""A report's folder: not built again while it is of the same inputs, replaced when they changed."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from langs.errors import InputError
from pipeline.stages import folders

Report = dict[str, Any]


def made(
    output: Path,
    data: str,
    settings: dict[str, Any],
    inputs: dict[str, Path],
    build: Callable[[], Report],
    write: Callable[[Report, Path], None],
    keep: Sequence[str] = (),
) -> Report:
    """The report in `output`, built and written only where it is not of these inputs yet.

    `data`: the file with the report's content. An older report with such a file is replaced, but
    for the entries `keep`; a folder of any other kind never: InputError. The fingerprint is taken
    first: should inputs grow meanwhile, the next call builds again.
    """
    there = {name: path for name, path in inputs.items() if path.is_file()}
    made_from = folders.fingerprint(settings, there)
    older = _made_from(output, data)
    if older == made_from:
        return read(output / data)
    report = build()
    with folders.partial_folder(output, replace=older is not None, keep=keep) as folder:
        write(report, folder)
        folders.mark_complete(folder, made_from, report["summary"])
    return report


def _made_from(folder: Path, data: str) -> dict[str, Any] | None:
    """What a finished report was made from; None where there is none yet."""
    marker = folder / folders.SUCCESS
    if not marker.is_file():
        return None
    made_from: dict[str, Any] = folders.read_summary_file(marker)["fingerprint"]
    if not (folder / data).is_file():
        raise InputError(
            f"{folder} is not a report of this command but another result; choose another --output"
        )
    return made_from


def read(path: Path) -> Report:
    """The content of a report's file. Raises InputError if it is damaged."""
    try:
        content: Report = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(
            f"{path} is damaged ({error}); delete its folder to make it again"
        ) from None
    return content
