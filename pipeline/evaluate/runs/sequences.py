"""Read what the last validation of a run says of each validation sequence (`validation.npz`)."""

from pathlib import Path
from typing import Any

import numpy as np

from models.formats.run_folder import SEQUENCES
from pipeline.evaluate.runs.side_file import read_side_file


def read_sequences(folder: Path, step: float) -> dict[str, np.ndarray] | None:
    """{language: float64 [sequences, 3] of nats, target tokens and text bytes} after `step`.

    None without such a file of that step; InputError for a damaged one (see `read_side_file`).
    """
    return read_side_file(folder / SEQUENCES, step, _by_language)


def _by_language(file: Any) -> dict[str, np.ndarray]:
    codes, rows = file["codes"].tolist(), file["rows"].astype(np.float64)
    return {code: rows[rows[:, 0] == index, 1:] for index, code in enumerate(codes)}
