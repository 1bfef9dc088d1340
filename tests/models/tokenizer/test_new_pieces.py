import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import sentencepiece
import tiny_bitext
import torch

from models.data.dictionary import SentinelDictionary
from models.tokenizer import folder as tokenizer_folder
from models.tokenizer import sentencepiece_file as spm
from models.tokenizer.new_pieces import add_pieces, parts
from models.tokenizer.text_tokenizer import Tokenizer
from models.weights import checkpoint
from models.weights.vocabulary import grown

ROOT = Path(__file__).parents[3]
NEW = [("▁hundoj", -2.0), ("ქართ", -3.0), ("ka", -1.5)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The toy tokenizer with two rows too many, two tags, three new pieces and another tag."""
    path = tmp_path / "tokenizer"
    path.mkdir()
    rows = len(tokenizer_folder.id_names(pieces_of(tiny_bitext.train_pieces()))) + 2
    tokenizer_folder.write(path, tiny_bitext.train_pieces(), rows=rows)
    tokenizer_folder.add_tags(path, tiny_bitext.CODES)
    add_pieces(path, NEW)
    tokenizer_folder.add_tags(path, ["ka"])
    return path


def pieces_of(model: bytes) -> list[str]:
    return tokenizer_folder.pieces_of(sentencepiece.SentencePieceProcessor(model_proto=model))


def test_new_ids_are_behind_all_old_ones_and_the_same_in_sentencepiece(folder: Path) -> None:
    names, counts = tokenizer_folder.read_dictionary(folder / "dict.txt")
    old = tokenizer_folder.id_names(pieces_of(tiny_bitext.train_pieces()))
    behind = ["madeupword0000", "madeupword0001", "<2en>", "<2eo>", *(piece for piece, _ in NEW)]
    assert names == [*old, *behind, "<2ka>"]
    assert counts == [0] * len(names)
    assert pieces_of((folder / "spm.model").read_bytes()) == [*old, *behind]
    assert Tokenizer.read(folder).tags == {
        "en": len(old) + 2,
        "eo": len(old) + 3,
        "ka": len(names) - 1,
    }


def test_symbols_between_are_no_text(folder: Path) -> None:
    tokenizer, names = Tokenizer.read(folder), SentinelDictionary.read(folder / "dict.txt").symbols
    ids = tokenizer.encode("la hundoj <2en> <extra_id_0> madeupword0000")
    symbols = [i for i, name in enumerate(names) if name.startswith(("<", "madeup"))]
    assert names.index("▁hundoj") in ids
    assert set(ids) & set(symbols) <= {2}  # unknown
    assert tokenizer.decode([*symbols, *tokenizer.encode("la hundoj"), *symbols]) == "la hundoj"
    sizes = SentinelDictionary.read(folder / "dict.txt").piece_bytes().tolist()
    assert sizes[-4:] == [7, 12, 2, 0]
    assert not any(sizes[i] for i in symbols)


def test_scores_are_of_the_old_models_scale(folder: Path) -> None:
    read = spm.parse((folder / "spm.model").read_bytes()).pieces
    old = [piece.score for piece in spm.parse(tiny_bitext.train_pieces()).pieces]
    new = [piece.score for piece in read[-3:]]
    assert [piece.score for piece in read[: len(old)]] == old
    assert new == pytest.approx([min(old) + 1, min(old), min(old) + 1.5])


def test_no_score_is_below_the_old_ones(tmp_path: Path) -> None:
    path = tiny_bitext.write_tokenizer(tmp_path / "tokenizer")
    tokenizer_folder.add_tags(path, ["ka"])
    add_pieces(path, [("ქართ", -99.0), ("ული", -1.0)])
    read = spm.parse((path / "spm.model").read_bytes()).pieces
    old = [piece.score for piece in spm.parse(tiny_bitext.train_pieces()).pieces]
    assert [piece.score for piece in read[-2:]] == pytest.approx([min(old), -1.0])


def test_a_row_is_the_mean_of_the_pieces_that_spelt_it(folder: Path) -> None:
    names = tokenizer_folder.read_dictionary(folder / "dict.txt")[0]
    old = sentencepiece.SentencePieceProcessor(model_proto=tiny_bitext.train_pieces())
    first = names.index("▁hundoj")
    found = parts((folder / "spm.model").read_bytes(), first - 2)
    assert found[first] == old.encode("hundoj")
    assert "".join(names[i] for i in found[first + 2]) == "ka"  # no space before it
    assert first + 1 not in found  # its characters are unknown: drawn as tags are
    weights = {"embedding.weight": torch.randn(first - 2, 4)}
    rows = grown(weights, len(names), 1, found)["embedding.weight"]
    mean = weights["embedding.weight"][found[first]].mean(0)
    torch.testing.assert_close(rows[first], mean)
    alone = grown(weights, len(names), 1)["embedding.weight"]
    same = [i for i in range(len(names)) if i not in found]
    assert torch.equal(rows[same], alone[same])
    assert parts((folder / "spm.model").read_bytes(), len(names)) == {}


@pytest.mark.parametrize("name", ["t5_tiny", "mt5_tiny"])
def test_fine_tuning_starts_from_the_old_rows(tmp_path: Path, name: str) -> None:
    """Two steps at a learning rate of 0 from a checkpoint with the old tokenizer."""
    start = tiny_bitext.write_start(tmp_path / "start", name)
    data = tiny_bitext.write(tmp_path / "data")
    add_pieces(data / "tokenizer", NEW)
    options = {
        **{"task": "tagged_translation", "arch": name, "initialise-from": start},
        **{"criterion": "switch_cross_entropy", "optimizer": "fused_adamw", "lr": 0},
        **{"max-tokens": 512, "longest": 50, "epoch-sequences": 50, "max-update": 2},
        **{"validate-interval-updates": 2, "validation-pairs": 2, "translated-pairs": 1},
        **{"save-interval-updates": 2, "num-workers": 0, "log-format": "none"},
        **{"best-checkpoint-metric": "chrf", "save-dir": tmp_path / "run"},
    }
    flags = [f"--{key}={value}" for key, value in options.items()]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "models.train", str(data), *flags),
            *("--maximize-best-checkpoint-metric", "--no-epoch-checkpoints"),
        ],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    assert max(json.loads(line).get("step", 0) for line in lines) == 2
    before = checkpoint.read(start).weights
    after = checkpoint.read(tmp_path / "run" / "checkpoint_last.pt").weights
    tensors = [key for key in ("embedding.weight", "output.weight") if key in before]
    assert len(tensors) == (2 if name == "mt5_tiny" else 1)
    spelt = sentencepiece.SentencePieceProcessor(model_proto=tiny_bitext.train_pieces())
    for key in tensors:
        assert len(after[key]) == len(before[key]) + 2 + 3
        assert torch.equal(after[key][: len(before[key])], before[key])
        row = after[key][len(before[key]) + 2]
        torch.testing.assert_close(row, before[key][spelt.encode("hundoj")].mean(0))
