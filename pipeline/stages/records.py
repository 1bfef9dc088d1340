"""Records of finished work: the result of a step for one input file, so that it is done once.

A record is written last, when the files that belong to it have their names; it holds their hashes.
So a record that can be read, and whose files have these hashes, tells of work that was finished.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.stages import folders


def keep(record: Path, content: Any, files: Sequence[Path]) -> None:
    """Keep JSON values and the finished `files` of one step and input file. OSErrors pass up."""
    hashes = {os.path.relpath(path, record.parent): _hash(path) for path in files}
    body = json.dumps({"content": content, "files": hashes}, ensure_ascii=False)
    folders.write_text(record, f"{_digest(body)}\n{body}\n")


def load(record: Path) -> Any | None:
    """The content of a record; None if there is none, or if it or one of its files is damaged."""
    try:
        digest, _, body = record.read_text(encoding="utf-8").rstrip("\n").partition("\n")
        if digest != _digest(body):
            return None
        made = json.loads(body)
        if all(_hash(record.parent / name) == known for name, known in made["files"].items()):
            return made["content"]
    except (FileNotFoundError, ValueError):
        pass
    return None


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode("utf-8")).hexdigest()
