import json
import shutil
from pathlib import Path

import pytest
import tiny_data

from langs.directions import Direction
from langs.errors import InputError
from models.data.bitext import Bitext

INTO, FROM = Direction("en", "eo"), Direction("eo", "en")


@pytest.fixture
def folder(bitext_folder: Path, tmp_path: Path) -> Path:
    """A copy that a test may break."""
    return shutil.copytree(bitext_folder, tmp_path / "bitext")


def test_both_directions_read_the_same_files(bitext_folder: Path) -> None:
    pairs = Bitext(bitext_folder).pairs("train")
    assert list(pairs) == [INTO, FROM]
    assert pairs[INTO].source[3].tolist() == pairs[FROM].target[3].tolist()
    assert len(pairs[INTO].source) == len(pairs[INTO].target) == 200


def test_mean_lengths_go_with_the_rates(folder: Path) -> None:
    sides = {"en": {"documents": 2, "pieces": 10}, "eo": {"documents": 2, "pieces": 30}}
    shards = {"splits": {"train": {"en-eo": sides}}}
    tiny_data.write_json(folder / "shards" / "shards.json", shards)
    tiny_data.write_json(folder / "mixture.json", {"directions": {"en-eo": 3, "eo-en": 1}})
    # sources: 3/4 of 5 and 1/4 of 15 tokens, and a tag; targets the other way round
    assert Bitext(folder).mean_lengths() == (8 + 1, 12)


def test_directions_without_pairs_are_left_out(folder: Path) -> None:
    rates = {"en-eo": 0.5, "fr-en": 0.5}
    tiny_data.write_json(folder / "mixture.json", {"directions": rates})
    assert list(Bitext(folder).pairs("train")) == [INTO]
    with pytest.raises(InputError, match="no direction has test pairs"):
        Bitext(folder).pairs("test")


def test_sides_of_unequal_length_are_refused(folder: Path) -> None:
    tiny_data.write_shard(folder / "shards" / "train" / "en-eo" / "eo" / "00000", [[5, 1]])
    with pytest.raises(InputError, match="200 and 1 sentences, not line by line"):
        Bitext(folder).pairs("train")


@pytest.mark.parametrize("name", ["_SUCCESS.json", "shards/shards.json"])
def test_an_unfinished_folder_is_refused(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(InputError, match="run `mswitch bitext` into it first"):
        Bitext(folder)


def test_a_damaged_mixture_is_refused(folder: Path) -> None:
    for content in ("{", json.dumps({"rates": {}})):
        (folder / "mixture.json").write_text(content)
        with pytest.raises(InputError, match=r"mixture\.json"):
            Bitext(folder)
