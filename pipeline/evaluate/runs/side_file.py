"""Files beside metrics.jsonl that hold the last validation in more detail than its line there."""

import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from langs.errors import InputError

T = TypeVar("T")
_DAMAGES = (OSError, ValueError, KeyError, IndexError, EOFError, zipfile.BadZipFile, zlib.error)


def read_side_file(path: Path, step: float, parse: Callable[[Any], T]) -> T | None:
    """What `parse` makes of the arrays of a .npz file that was written after `step`.

    None where the run wrote no such file, or wrote it at another step (it was killed between its
    files). Raises InputError for a file that cannot be read or that `parse` stumbles over.
    """
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            return parse(file) if float(file["step"]) == step else None
    except _DAMAGES as error:
        raise InputError(f"{path}: damaged ({error}); delete it to do without it") from None
