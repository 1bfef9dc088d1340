import shutil
from pathlib import Path

import pytest
import tiny_translator

from langs.errors import InputError
from models.generation.text_model import load
from models.tokenizer.folder import id_names
from models.tokenizer.text_tokenizer import Tokenizer


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_translator.write(tmp_path_factory.mktemp("tiny"), "t5").checkpoint


def test_text_there_and_back(ours: Path) -> None:
    tokenizer = Tokenizer.read(ours.parent / "tokenizer")
    ids = tokenizer.encode("born free")
    assert tokenizer.decode(ids) == "born free"
    ended = [tokenizer.tags["de"], *ids, 1, 0, tokenizer.names.index("<extra_id_3>")]
    assert tokenizer.decode(ended) == "born free"  # what stands for no text is passed over


def test_tags(ours: Path) -> None:
    tokenizer = Tokenizer.read(ours.parent / "tokenizer")
    assert list(tokenizer.tags.items()) == [
        (code, tiny_translator.ROWS + i) for i, code in enumerate(tiny_translator.TAGS)
    ]
    assert tokenizer.names[tokenizer.tag("zh")] == "<2zh>"
    with pytest.raises(InputError, match=r"not translate into French .fr.: it has tags for de en"):
        tokenizer.tag("fr")
    with pytest.raises(InputError, match="did you mean 'de'"):
        tokenizer.tag("German")


def test_a_tokenizer_without_tags(tmp_path: Path) -> None:
    tokenizer = Tokenizer.read(
        tiny_translator.write(tmp_path, "t5", ()).checkpoint.parent / "tokenizer"
    )
    with pytest.raises(InputError, match="no tags at all"):
        tokenizer.tag("fr")


def test_load_finds_the_tokenizer_beside_the_checkpoint_and_beside_its_run(
    ours: Path, tmp_path: Path
) -> None:
    model, tokenizer = load(ours)
    assert model.config.vocabulary_size == len(tokenizer.names)
    (tmp_path / "run").mkdir()
    shutil.copy(ours, tmp_path / "run")
    with pytest.raises(InputError, match=r"there is no tokenizer/ with .*--tokenizer"):
        load(tmp_path / "run" / ours.name)
    shutil.copytree(ours.parent / "tokenizer", tmp_path / "tokenizer")
    assert load(tmp_path / "run" / ours.name).tokenizer.names == tokenizer.names


def test_not_the_models_tokenizer(ours: Path, tmp_path: Path) -> None:
    other = tiny_translator.write(tmp_path, "t5", ("de",)).checkpoint.parent / "tokenizer"
    with pytest.raises(InputError, match=r"has 187 ids and .* 189: they do not belong together"):
        load(ours, other)


@pytest.mark.parametrize("wrong", ["missing", "damaged", "another"])
def test_broken_folders(ours: Path, tmp_path: Path, wrong: str) -> None:
    shutil.copytree(ours.parent / "tokenizer", tmp_path / "tokenizer")
    model = tmp_path / "tokenizer" / "spm.model"
    if wrong == "missing":
        model.unlink()
        expected = "has no spm.model"
    elif wrong == "damaged":
        model.write_bytes(model.read_bytes()[:100])
        expected = "is damaged"
    else:
        names = id_names(["<pad>", "</s>", "<unk>", "▁a"])
        lines = "".join(f"{name} 0\n" for name in names)
        (tmp_path / "tokenizer" / "dict.txt").write_text(lines, encoding="utf-8")
        expected = "do not belong together"
    with pytest.raises(InputError, match=expected):
        Tokenizer.read(tmp_path / "tokenizer")
