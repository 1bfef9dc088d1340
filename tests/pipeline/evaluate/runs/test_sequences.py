from pathlib import Path

import fake_runs
import numpy as np
import pytest

from langs.errors import InputError
from pipeline.evaluate.runs.sequences import read_sequences


def test_reads_by_language(tmp_path: Path) -> None:
    rows = {"en": [(30.0, 10, 40), (20.0, 10, 41)], "fr": [(25.5, 9, 39)]}
    fake_runs.write_sequences(tmp_path, 400, rows)
    found = read_sequences(tmp_path, 400)
    assert found is not None
    assert {code: array.tolist() for code, array in found.items()} == {
        code: [list(row) for row in one] for code, one in rows.items()
    }


def test_none_without_a_file_or_of_another_step(tmp_path: Path) -> None:
    assert read_sequences(tmp_path, 400) is None
    fake_runs.write_sequences(tmp_path, 300, {"en": [(30.0, 10, 40)]})
    assert read_sequences(tmp_path, 400) is None


@pytest.mark.parametrize("content", [b"", b"not a zip file", b"PK\x03\x04broken"])
def test_a_damaged_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "validation.npz").write_bytes(content)
    with pytest.raises(InputError, match=r"validation\.npz: damaged"):
        read_sequences(tmp_path, 400)


def test_objects_are_never_unpickled(tmp_path: Path) -> None:
    np.savez(tmp_path / "validation.npz", step=400, codes=["en"], rows=np.array([{}], dtype=object))
    with pytest.raises(InputError, match="damaged"):
        read_sequences(tmp_path, 400)
