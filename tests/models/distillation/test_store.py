import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from langs.errors import InputError
from models.distillation import store
from models.distillation.store import Index, Store, Stored

INDEX = Index({"seed": 1}, vocabulary_size=30, top=2, sequences=3, tokens=6, mean_mass=0.9)


def sample() -> dict:
    """Three sequences of 3, 2 and 1 target tokens; their numbers are not in order."""
    source = torch.tensor([[5, 6, 7], [5, 6, 0], [8, 9, 1]])
    target = torch.tensor([[5, 6, 1], [7, 1, 0], [1, 0, 0]])
    return {"net_input": {"src_tokens": source}, "target": target, "id": torch.tensor([40, 7, 12])}


def stored() -> list[Stored]:
    """Made-up probabilities of the sample: number n at position t has ids n + t and n - t."""
    lengths = (3, 2, 1)
    rows = []
    for number, check, length in zip((40, 7, 12), store.checks(sample()), lengths, strict=True):
        ids = np.stack([(number + t, number - t) for t in range(length)])
        rows.append(Stored(number, check, ids % 30, -np.abs(ids / 8)))
    return rows


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The sample in two parts."""
    rows = stored()
    store.write_part(tmp_path, 0, rows[:1], 30)
    store.write_part(tmp_path, 1, rows[1:], 30)
    store.write_index(tmp_path, INDEX)
    return tmp_path


def test_a_batch_is_read_as_it_was_written(folder: Path) -> None:
    ids, values = Store(folder).batch(sample())
    assert (ids.dtype, values.dtype) == (torch.int64, torch.float32)
    assert ids.shape == values.shape == (3, 3, 2)
    for place, row in enumerate(stored()):
        length = len(row.ids)
        assert ids[place, :length].tolist() == row.ids.tolist()
        assert values[place, :length].tolist() == row.log_probabilities.tolist()
        assert ids[place, length:].eq(0).all()


def test_disk_space_is_what_is_told(folder: Path) -> None:
    files = [np.load(p, mmap_mode="r") for p in folder.glob("parts/*/*.npy")]
    size = sum(file.nbytes for file in files if file.ndim == 2)
    assert size == 6 * store.token_bytes(30, 2) == 6 * 2 * (2 + 2)
    assert store.token_bytes(2**16 + 1, 2) == 2 * (4 + 2)


def test_checks_are_of_tokens_alone() -> None:
    one, padded = sample(), sample()
    padded["target"] = torch.nn.functional.pad(padded["target"], (0, 4))
    assert store.checks(one) == store.checks(padded)
    padded["net_input"]["src_tokens"][0, 0] += 1
    assert store.checks(one)[0] != store.checks(padded)[0]


def test_other_tokens_under_the_same_number_are_refused(folder: Path) -> None:
    other = sample()
    other["target"][1, 0] += 1
    with pytest.raises(InputError, match="sequence 7 is not the one that was stored"):
        Store(folder).batch(other)


def test_a_sequence_that_is_not_there(folder: Path) -> None:
    other = sample()
    other["id"][2] = 13
    with pytest.raises(InputError, match=r"sequence 13 is not stored \(3 are\)"):
        Store(folder).batch(other)


def test_folders_that_are_no_store(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="run mswitch distill --store"):
        Store(tmp_path / "nowhere")
    store.write_index(folder, replace(INDEX, sequences=4))
    with pytest.raises(InputError, match="parts are missing"):
        Store(folder)
    store.write_index(folder, replace(INDEX, format=0))
    with pytest.raises(InputError, match="another version"):
        Store(folder)
    (folder / "index.json").write_text(json.dumps({"top": 1}))
    with pytest.raises(InputError, match=r"index\.json is damaged"):
        Store(folder)


def test_a_damaged_part(folder: Path) -> None:
    (folder / "parts/00001/ids.npy").write_bytes(b"rubbish")
    with pytest.raises(InputError, match="00001 is damaged"):
        Store(folder)
