"""The folder of a training run: the names in it, and writing files whole.

`metrics.jsonl` holds one JSON object a line; `validation.npz`, `routing.npz` and `experts.npz` hold
the last validation in more detail: sequence by sequence, expert by expert, and the expert of each
token (docs/training.md).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

METRICS = "metrics.jsonl"
SEQUENCES = "validation.npz"
ROUTING = "routing.npz"
EXPERTS = "experts.npz"
LAST_CHECKPOINT = "checkpoint_last.pt"


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A temporary name to write to; at the end it becomes `path`, so that this is never half."""
    temporary = path.with_name(f"{path.name}.tmp")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
