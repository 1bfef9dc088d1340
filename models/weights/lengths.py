"""The lengths of translations that a model brings along: `generation.json` beside its checkpoint.

`mswitch import` writes the file, from what a published model says of its own lengths.
"""

import json
from pathlib import Path
from typing import NamedTuple

from langs.errors import InputError
from models.formats.run_folder import whole_file

NAME = "generation.json"


class Lengths(NamedTuple):
    """Tokens of a translation, with eos and without the start token; 0: not said."""

    most: int = 0
    least: int = 0


def read(folder: Path) -> Lengths:
    """The lengths of the model in a folder, all 0 without a file.

    Raises InputError for a file that `write` did not make; OSErrors pass up.
    """
    path = folder / NAME
    if not path.is_file():
        return Lengths()
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Lengths(*(int(content[name]) for name in Lengths._fields))
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is damaged; delete it, or import the model again") from error


def write(folder: Path, lengths: Lengths) -> None:
    """Write the file if the model says anything."""
    if any(lengths):
        with whole_file(folder / NAME) as temporary:
            temporary.write_text(json.dumps(lengths._asdict()) + "\n", encoding="utf-8")
