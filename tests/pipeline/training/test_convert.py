"""`mswitch import`, `mswitch export` and `mswitch upcycle`, as users run them."""

import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import pytest
import sentencepiece
import torch
from safetensors.torch import load_file
from transformers import (
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    SwitchTransformersConfig,
    SwitchTransformersForConditionalGeneration,
)

from models.data.dictionary import SentinelDictionary
from models.network.architectures import architecture
from models.network.transformer import Transformer
from models.weights import checkpoint
from models.weights.checkpoint import Checkpoint
from pipeline import cli
from pipeline.stages import folders

ROOT = Path(__file__).parents[3]
PIECES, ROWS = 60, 192
SHAPE = {"d_model": 16, "d_ff": 24, "d_kv": 8, "num_heads": 2, "num_layers": 2}
SPARSE = {"num_experts": 3, "num_sparse_encoder_layers": 1, "num_sparse_decoder_layers": 1}


def write_tokenizer(path: Path) -> None:
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["free and equal in dignity and rights", "frei und gleich"] * 9),
        model_writer=model,
        vocab_size=PIECES,
        hard_vocab_limit=False,
        normalization_rule_name="nmt_nfkc",
        minloglevel=2,
        **{"pad_id": 0, "eos_id": 1, "unk_id": 2, "bos_id": -1},
    )
    path.write_bytes(model.getvalue())


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A Switch model as it is published: more rows than ids, and spiece.model."""
    config = SwitchTransformersConfig(
        **SHAPE, **SPARSE, num_decoder_layers=2, vocab_size=ROWS, decoder_start_token_id=0
    )
    folder = tmp_path / "theirs"
    SwitchTransformersForConditionalGeneration(config).save_pretrained(folder)
    write_tokenizer(folder / "spiece.model")
    return folder


def mswitch(*words: object) -> int:
    return cli.main([str(word) for word in words])


def test_there_and_back(theirs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ours, back = tmp_path / "ours", tmp_path / "back"
    assert mswitch("import", theirs, "--output", ours, "--json", tmp_path / "said.json") == 0
    assert "switch_transformers" in (first := capsys.readouterr().out)
    said = json.loads((tmp_path / "said.json").read_text())
    wanted = load_file(theirs / "model.safetensors")
    assert said["parameters"] == sum(weight.numel() for weight in wanted.values())
    assert (said["experts"], said["vocabulary_size"], said["tokenizer"]) == (3, ROWS, True)
    assert len(SentinelDictionary.read(ours / "tokenizer" / "dict.txt")) == ROWS
    assert mswitch("import", theirs, "--output", ours) == 0
    assert capsys.readouterr().out == first

    assert mswitch("export", "--checkpoint", ours / "checkpoint_last.pt", "--output", back) == 0
    found = load_file(back / "model.safetensors")
    assert found.keys() == wanted.keys()
    assert all(torch.equal(found[name], weight) for name, weight in wanted.items())
    assert (back / "spiece.model").read_bytes() == (theirs / "spiece.model").read_bytes()
    assert (
        len(AutoTokenizer.from_pretrained(back))
        <= AutoModelForSeq2SeqLM.from_pretrained(back).config.vocab_size
    )
    assert mswitch("export", "--checkpoint", ours / "checkpoint_last.pt", "--output", back) == 0


def test_transformers_is_not_needed(theirs: Path, tmp_path: Path) -> None:
    ours, back = tmp_path / "ours", tmp_path / "back"
    commands = [
        ["import", str(theirs), "--output", str(ours)],
        ["export", "--checkpoint", str(ours / "checkpoint_last.pt"), "--output", str(back)],
    ]
    code = (
        "import sys; sys.modules['transformers'] = sys.modules['tokenizers'] = None\n"
        "from pipeline.cli import main\n"
        f"sys.exit(any([main(words) for words in {commands!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    assert (back / "tokenizer.json").exists()


def test_prepare_takes_an_imported_tokenizer(theirs: Path, tmp_path: Path) -> None:
    assert mswitch("import", theirs, "--output", tmp_path / "ours") == 0
    assert folders.read_summary(tmp_path / "ours" / "tokenizer")["vocabulary_size"] == ROWS


def test_without_a_tokenizer(
    theirs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (theirs / "spiece.model").unlink()
    ours = tmp_path / "ours"
    assert mswitch("import", theirs, "--output", ours) == 0
    assert "no tokenizer" in capsys.readouterr().out
    assert not (ours / "tokenizer").exists()
    path = ours / "checkpoint_last.pt"
    assert mswitch("export", "--checkpoint", path, "--output", tmp_path / "back") == 0
    assert not (tmp_path / "back" / "spiece.model").exists()


@pytest.fixture
def dense(theirs: Path, tmp_path: Path) -> Path:
    """A dense run with a tokenizer beside it, as runs have it."""
    assert mswitch("import", theirs, "--output", tmp_path / "runs") == 0
    config = replace(architecture("t5_tiny"), vocabulary_size=ROWS, gated=True)
    weights = Transformer(config).state_dict()
    (tmp_path / "runs" / "dense").mkdir()
    path = tmp_path / "runs" / "dense" / "checkpoint_last.pt"
    checkpoint.write(path, Checkpoint("t5_tiny", config, weights))
    return path


def test_upcycling(dense: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ("upcycle", "--checkpoint", dense, "--experts", 4, "--output", tmp_path / "up")
    capsys.readouterr()
    assert mswitch(*command, "--json", tmp_path / "said.json") == 0
    first, said = capsys.readouterr().out, json.loads((tmp_path / "said.json").read_text())
    assert "4 experts" in first
    made = checkpoint.read(tmp_path / "up" / "checkpoint_last.pt")
    assert said["parameters"] == sum(weight.numel() for weight in made.weights.values())
    assert (made.config.experts, made.config.sparse_every, said["tokenizer"]) == (4, 2, True)
    assert len(SentinelDictionary.read(tmp_path / "up" / "tokenizer" / "dict.txt")) == ROWS
    assert mswitch(*command) == 0
    assert capsys.readouterr().out == first
    assert mswitch(*command, "--seed", 2) == 2
    assert "seed was 1 and is now 2" in refused(capsys)
    again = ("--checkpoint", tmp_path / "up" / "checkpoint_last.pt", "--output", tmp_path / "b")
    assert mswitch("upcycle", "--experts", 8, *again) == 2
    assert "has 4 experts already; give a dense checkpoint" in refused(capsys)
    assert mswitch("export", *again) == 2
    assert "gated experts" in refused(capsys)


def refused(capsys: pytest.CaptureFixture[str]) -> str:
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    return error


def test_what_cannot_be_is_one_line(
    theirs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = tmp_path / "ours"
    assert mswitch("import", tmp_path / "nowhere", "--output", ours) == 2
    assert "nowhere has no model.safetensors" in refused(capsys)
    assert mswitch("export", "--checkpoint", theirs / "config.json", "--output", ours) == 2
    assert "config.json is no checkpoint of ours" in refused(capsys)
    config = json.loads((theirs / "config.json").read_text())
    (theirs / "config.json").write_text(json.dumps({**config, "router_bias": True}))
    assert mswitch("import", theirs, "--output", ours) == 2
    assert "a bias in the router is not supported" in refused(capsys)
    assert not ours.exists()


def test_another_model_s_tokenizer_is_refused(
    theirs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert mswitch("import", theirs, "--output", tmp_path / "ours") == 0
    dictionary = tmp_path / "ours" / "tokenizer" / "dict.txt"
    dictionary.write_text(dictionary.read_text() + "madeupword9999 0\n")
    capsys.readouterr()
    path = tmp_path / "ours" / "checkpoint_last.pt"
    assert mswitch("export", "--checkpoint", path, "--output", tmp_path / "back") == 2
    assert f"has {ROWS + 1} ids, the model {ROWS}" in refused(capsys)
    (tmp_path / "empty").mkdir()
    more = ("--tokenizer", tmp_path / "empty")
    assert mswitch("export", "--checkpoint", path, "--output", tmp_path / "back", *more) == 2
    assert "empty has no spm.model" in refused(capsys)
