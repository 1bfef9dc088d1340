from pathlib import Path
from typing import Any

import fake_runs
import numpy as np
import pytest

from langs.errors import InputError
from pipeline.evaluate.routing.counts_file import read_routing

CHOSEN = [[[3, 1], [0, 0], [0, 5]]]


def test_languages_without_tokens_are_left_out(tmp_path: Path) -> None:
    fake_runs.write_routing(tmp_path, 100, ["en", "fr", "sw"], CHOSEN)
    counts = read_routing(tmp_path, 100)
    assert counts is not None
    assert counts.codes == ["en", "sw"]
    assert counts.chosen.tolist() == [[[3, 1], [0, 5]]]
    assert counts.routers == ["encoder 2"]


def test_no_file_and_a_file_of_another_step(tmp_path: Path) -> None:
    assert read_routing(tmp_path, 100) is None
    fake_runs.write_routing(tmp_path, 100, ["en", "fr", "sw"], CHOSEN)
    assert read_routing(tmp_path, 200) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"routers": np.array(["encoder 2", "decoder 2"])},
        {"dropped": np.full((1, 3, 2), 9)},
        {"dropped": -np.ones((1, 3, 2))},
        {"piece_counts": np.zeros((1, 7, 2))},
        {"dropped": np.array(["x"])},
        {"pieces": np.array([{}], dtype=object)},
    ],
)
def test_damaged_files_are_said_in_one_line(tmp_path: Path, changes: dict[str, Any]) -> None:
    fake_runs.write_routing(tmp_path, 100, ["en", "fr", "sw"], CHOSEN, **changes)
    with pytest.raises(InputError, match=r"routing\.npz: damaged .*; delete it"):
        read_routing(tmp_path, 100)


def test_no_archive_at_all(tmp_path: Path) -> None:
    (tmp_path / "routing.npz").write_bytes(b"PK\x03\x04 nothing more")
    with pytest.raises(InputError, match="damaged"):
        read_routing(tmp_path, 100)
