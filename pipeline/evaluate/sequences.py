"""Read what the last validation of a run says of each validation sequence (`validation.npz`)."""

import zipfile
import zlib
from pathlib import Path

import numpy as np

from langs.errors import InputError

FILE_NAME = "validation.npz"
_DAMAGES = (OSError, ValueError, KeyError, IndexError, EOFError, zipfile.BadZipFile, zlib.error)


def read_sequences(folder: Path, step: float) -> dict[str, np.ndarray] | None:
    """{language: float64 [sequences, 3] of nats, target tokens and text bytes} after `step`.

    None where the run wrote no such file, or wrote it at another step (it was killed between its
    two files). Raises InputError for a file that cannot be read.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            if float(file["step"]) != step:
                return None
            codes, rows = file["codes"].tolist(), file["rows"].astype(np.float64)
        return {code: rows[rows[:, 0] == index, 1:] for index, code in enumerate(codes)}
    except _DAMAGES as error:
        raise InputError(f"{path}: damaged ({error}); delete it to do without it") from None
