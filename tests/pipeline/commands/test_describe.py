import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from langs.errors import InputError
from models.network.architectures import architecture, architectures
from models.network.transformer import Transformer
from models.weights import checkpoint
from pipeline import cli
from pipeline.training.pretrain import MODELS


def describe(*words: str) -> None:
    cli._run(["describe", *words])


def test_prints_and_writes_the_same_model(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "a.json"
    describe("switch_tiny", "--experts", "4", "--vocabulary", "500", "--json", str(file), "d_ff=64")
    data = json.loads(file.read_text(encoding="utf-8"))
    assert (data["config"]["experts"], data["config"]["vocabulary_size"]) == (4, 500)
    assert data["config"]["d_ff"] == 64
    shown = capsys.readouterr().out
    assert f"{data['parameters']['total']:,}" in shown
    assert "1 and 1 of them with 4 experts" in shown


def test_lengths_are_those_of_span_corruption(tmp_path: Path) -> None:
    lengths = {}
    for source in (512, 128):
        file = tmp_path / f"{source}.json"
        describe("t5_tiny", "--source-tokens", str(source), "--json", str(file))
        lengths[source] = json.loads(file.read_text())["flops"]["target_tokens"]
    assert lengths == {512: 114, 128: 29}


def test_settings_of_the_model(tmp_path: Path) -> None:
    file = str(tmp_path / "a.json")
    describe("switch_large", "gated=false", "d_ff=4096", "capacity_factor=none", "--json", file)
    data = json.loads(Path(file).read_text(encoding="utf-8"))
    assert data["parameters"]["total"] == 26_309_291_008
    assert data["config"]["capacity_factor"] is None
    assert data["published"] is None


def test_a_checkpoint_has_a_shape_too(tmp_path: Path) -> None:
    config = replace(architecture("switch_tiny"), vocabulary_size=40, experts=2, top_k=2)
    weights = Transformer(config).state_dict()
    checkpoint.write(tmp_path / "a.pt", checkpoint.Checkpoint("switch_tiny", config, weights))
    describe(str(tmp_path / "a.pt"), "--json", str(tmp_path / "a.json"))
    data = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert data["parameters"]["total"] == sum(weight.numel() for weight in weights.values())
    assert data["config"]["top_k"] == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["switch_bas"], "unknown model 'switch_bas'; did you mean switch_base"),
        (["switch_base", "--experts", "0"], "--experts 0: give at least 1"),
        (["t5_base", "--vocabulary", "0"], "--vocabulary 0: give at least 1"),
        (["t5_base", "--devices", "4", "0"], "--devices 0: give at least 1"),
        (["t5_base", "--target-tokens", "0"], "--target-tokens 0: give at least 1"),
        (["t5_base", "d_fff=64"], "unknown setting d_fff; did you mean d_ff?"),
        (["t5_base", "d_ff=wide"], "d_ff 'wide': give a whole number"),
        (["t5_base", "d_ff"], "'d_ff' is no setting; write"),
        (["switch_base", "d_ff=100"], "d_ff 100: with experts give a multiple of 8"),
        ([__file__.replace(".py", ".pt")], "No such file"),
        (["t5_base", "--expert", "3"], "unknown option --expert"),
    ],
)
def test_mistakes(words: list[str], said: str) -> None:
    with pytest.raises((InputError, FileNotFoundError), match=re.escape(said)):
        describe(*words)


def test_help_names_every_model() -> None:
    stem, sizes = MODELS.split("sizes: ")
    named = set(re.findall(r"\b(?:switch|moe)_[a-z_]+\b", sizes))
    for family in re.findall(r"(\w+)_SIZE", stem):
        named |= {f"{family}_{size}" for size in re.findall(r"[a-z]+", sizes.split(";")[0])}
    assert named == set(architectures())


def test_trillions_of_parameters_take_no_memory() -> None:
    job = (
        "import resource; from pipeline.cli import main; main(['describe', 'switch_c']);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"  # kB
    )
    done = subprocess.run([sys.executable, "-c", job], capture_output=True, text=True, check=True)
    assert "1,571,308,972,448" in done.stdout
    assert int(done.stdout.splitlines()[-1]) < 2e6
