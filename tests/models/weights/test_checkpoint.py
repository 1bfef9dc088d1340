import argparse
import os
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from langs.errors import InputError
from models.network.architectures import architecture
from models.network.transformer import Transformer
from models.weights import checkpoint
from models.weights.checkpoint import Checkpoint, find_tokenizer, load_transformer

CONFIG = replace(
    architecture("switch_tiny"),
    vocabulary_size=40,
    d_model=16,
    d_ff=24,
    experts=3,
    capacity_factor=None,
    dropout=0.25,
    position_buckets=8,
)


@pytest.fixture
def model() -> Transformer:
    return Transformer(CONFIG).eval()


@pytest.fixture
def path(tmp_path: Path, model: Transformer) -> Path:
    checkpoint.write(tmp_path / "c.pt", Checkpoint("mine", CONFIG, model.state_dict(), "data"))
    return tmp_path / "c.pt"


def test_what_is_written_is_read(path: Path, model: Transformer) -> None:
    read = checkpoint.read(path)
    assert (read.architecture, read.config, read.data) == ("mine", CONFIG, "data")
    own = model.state_dict()
    assert read.weights.keys() == own.keys()
    assert all(torch.equal(read.weights[name], own[name]) for name in own)
    assert os.listdir(path.parent) == ["c.pt"]


def test_fairseq_reads_its_checkpoints_after_we_have_read_one(path: Path) -> None:
    checkpoint.read(path)
    torch.save({"args": argparse.Namespace(seed=1)}, path)
    assert torch.load(path)["args"].seed == 1


def test_the_loaded_model_computes_the_same(path: Path, model: Transformer) -> None:
    loaded = load_transformer(path)
    source, target = torch.randint(3, 40, (2, 6)), torch.randint(3, 40, (2, 4))
    assert not loaded.training
    assert torch.equal(loaded(source, target).hidden, model(source, target).hidden)


def test_dtypes_are_kept_in_the_file_and_chosen_on_loading(tmp_path: Path) -> None:
    weights = Transformer(CONFIG).bfloat16().state_dict()
    checkpoint.write(tmp_path / "c.pt", Checkpoint("mine", CONFIG, weights))
    assert {w.dtype for w in checkpoint.read(tmp_path / "c.pt").weights.values()} == {
        torch.bfloat16
    }
    for dtype in (torch.float32, torch.bfloat16):
        model = load_transformer(tmp_path / "c.pt", dtype)
        assert {p.dtype for p in model.parameters()} == {dtype}


def test_a_slice_is_written_alone(tmp_path: Path) -> None:
    big = torch.randn(1000, 40, 16)
    weights = {**Transformer(CONFIG).state_dict(), "embedding.weight": big[3]}
    checkpoint.write(tmp_path / "c.pt", Checkpoint("mine", CONFIG, weights))
    assert (tmp_path / "c.pt").stat().st_size < 200_000
    read = checkpoint.read(tmp_path / "c.pt").weights["embedding.weight"]
    assert torch.equal(read, big[3])


def test_options_of_older_files_have_their_defaults(path: Path) -> None:
    state = torch.load(path, weights_only=True)
    del state["cfg"]["model"]["position_buckets"]
    state["cfg"]["model"]["some_option_of_tomorrow"] = 3
    torch.save(state, path)
    assert checkpoint.read(path).config == replace(CONFIG, position_buckets=32)


class Harmful:
    """Unpickling it makes a file: what a hostile checkpoint would do."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


def test_nothing_in_a_file_is_run(tmp_path: Path) -> None:
    torch.save({"cfg": Harmful(tmp_path / "made"), "model": {}}, tmp_path / "c.pt")
    with pytest.raises(InputError, match=r"c\.pt is no checkpoint of ours or is damaged"):
        checkpoint.read(tmp_path / "c.pt")
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    "state",
    [
        3,
        {},
        {"cfg": None, "model": {}},
        {"cfg": {"model": {}}, "model": {}},
        {"cfg": {"model": {"d_model": "many"}}, "model": {"embedding.weight": torch.ones(2, 2)}},
        {"cfg": {"model": argparse.Namespace(d_model=8)}, "model": {}},
    ],
)
def test_other_files_of_torch_are_refused_in_one_line(tmp_path: Path, state: object) -> None:
    torch.save(state, tmp_path / "c.pt")
    with pytest.raises(InputError, match=r"c\.pt is no checkpoint of ours") as caught:
        checkpoint.read(tmp_path / "c.pt")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"PK", b"rubbish" * 100])
def test_rubbish_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "c.pt").write_bytes(content)
    with pytest.raises(InputError, match="is no checkpoint of ours or is damaged"):
        checkpoint.read(tmp_path / "c.pt")


def test_a_cut_file_is_refused(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(InputError, match="is no checkpoint of ours or is damaged"):
        checkpoint.read(path)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"d_ff": 32}, r"feed_forward\.w.* torch.Size|size mismatch"),
        ({"experts": 0}, "not those of its own settings"),
        ({"decoder_layers": 10**9}, "too few of them"),
        ({"d_model": 2**62, "d_ff": 2**62}, "not those of its own settings"),
    ],
)
def test_settings_that_are_not_those_of_the_weights(
    path: Path, options: dict[str, int], said: str
) -> None:
    state = torch.load(path, weights_only=True)
    state["cfg"]["model"].update(options)
    torch.save(state, path)
    with pytest.raises(InputError, match=said) as caught:
        load_transformer(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        checkpoint.read(tmp_path / "c.pt")


def test_where_the_tokenizer_is(tmp_path: Path) -> None:
    path = tmp_path / "runs" / "dense" / "checkpoint_last.pt"
    data = str(tmp_path / "data")
    assert find_tokenizer(path, data) is None
    for place in (tmp_path / "data", tmp_path / "runs", path.parent):
        (place / "tokenizer").mkdir(parents=True)
        assert find_tokenizer(path, data) != place / "tokenizer"
        (place / "tokenizer" / "dict.txt").touch()
        assert find_tokenizer(path, data) == place / "tokenizer"
