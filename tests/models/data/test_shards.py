import json
import shutil
from pathlib import Path

import pytest
import tiny_data

from langs.errors import InputError
from models.data.shards import Shards


@pytest.fixture
def data(prepared_folder: Path, tmp_path: Path) -> Path:
    """A copy that a test may break."""
    return shutil.copytree(prepared_folder, tmp_path / "data")


def test_streams_and_rates(prepared_folder: Path) -> None:
    shards = Shards(prepared_folder)
    assert dict(shards.rates) == tiny_data.RATES
    assert shards.vocabulary_size == tiny_data.VOCABULARY
    assert {c: len(s) for c, s in shards.streams("train").items()} == {
        "en": 750,
        "sw": 210,
        "th": 20,
    }
    assert {c: len(s) for c, s in shards.streams("valid").items()} == {
        "en": 160,
        "sw": 64,
        "th": 18,
    }


def test_hash_follows_the_marker(data: Path) -> None:
    before = Shards(data).sha256
    assert len(before) == 64
    (data / "shards" / "_SUCCESS.json").write_text("{}")
    assert Shards(data).sha256 != before


def test_languages_without_text_are_left_out(data: Path) -> None:
    path = data / "shards" / "shards.json"
    description = json.loads(path.read_text())
    description["splits"]["train"]["sw"] |= {"pieces": 0, "shards": []}
    path.write_text(json.dumps(description))
    assert list(Shards(data).streams("train")) == ["en", "th"]


def test_shard_cut_short(data: Path) -> None:
    path = data / "shards" / "train" / "en" / "00001.bin"
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(InputError, match=r"train/en: holds 745 tokens, shards\.json says 750"):
        Shards(data).streams("train")


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="mswitch prepare"):
        Shards(tmp_path / "nowhere")


def test_unfinished_folder(data: Path) -> None:
    (data / "shards" / "_SUCCESS.json").unlink()
    with pytest.raises(InputError, match="no complete shards"):
        Shards(data)


@pytest.mark.parametrize("name", ["shards.json", "mixture.json"])
@pytest.mark.parametrize("content", [None, "", "{", "\x00"])
def test_broken_description(data: Path, name: str, content: str | None) -> None:
    path = data / "shards" / name
    path.unlink() if content is None else path.write_text(content)
    with pytest.raises(InputError, match=name) as caught:
        Shards(data)
    assert "\n" not in str(caught.value)


def test_unknown_split(prepared_folder: Path) -> None:
    with pytest.raises(InputError, match="no split 'test'"):
        Shards(prepared_folder).streams("test")


def test_split_without_text(data: Path) -> None:
    path = data / "shards" / "shards.json"
    description = json.loads(path.read_text())
    description["splits"]["valid"] = {}
    path.write_text(json.dumps(description))
    with pytest.raises(InputError, match="no language has text"):
        Shards(data).streams("valid")
