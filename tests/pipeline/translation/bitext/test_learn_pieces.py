"""A tokenizer of English, French and Swahili learns Georgian, and then Burmese."""

import gzip
import unicodedata
from pathlib import Path

import pytest
from bitext_files import clean, contents, read_json
from fairseq_reader import documents as read_by_fairseq

from langs.errors import InputError
from models.tokenizer import folder as tokenizer_folder
from models.tokenizer.text_tokenizer import Tokenizer
from pipeline.translation.bitext.config import BitextConfig
from pipeline.translation.bitext.job import make_bitext

PIECES = 300


@pytest.fixture(scope="module")
def inputs(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Parts of the sample: rows of all splits."""
    folder = tmp_path_factory.mktemp("inputs")
    for code in ("fr", "ka", "my"):
        name = f"en-{code}.tsv.gz"
        lines = gzip.decompress((sample / name).read_bytes()).splitlines(keepends=True)
        (folder / name).write_bytes(gzip.compress(b"".join([lines[0], *lines[1::2]])))
    return {code: str(folder / f"en-{code}.tsv.gz") for code in ("fr", "ka", "my")}


@pytest.fixture(scope="module")
def made(inputs: dict[str, str], data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("bitext") / "out"
    config = BitextConfig(new_pieces=PIECES, new_pieces_languages=["ka"])
    make_bitext([inputs["fr"], inputs["ka"]], data, output, config)
    return output


def names(folder: Path) -> list[str]:
    return tokenizer_folder.read_dictionary(folder / "tokenizer" / "dict.txt")[0]


def test_old_ids_stay_and_the_new_are_behind_the_tags(made: Path, data: Path) -> None:
    old, new = names(data), names(made)
    assert new[: len(old) + 3] == [*old, "<2en>", "<2fr>", "<2ka>"]
    pieces = [piece.replace("▁", "") for piece in new[len(old) + 3 :]]
    assert len(pieces) == PIECES
    assert all("ა" <= letter <= "ჺ" for piece in pieces for letter in piece)
    assert read_json(made / "shards" / "shards.json")["vocabulary_size"] == len(new)


def test_georgian_gets_shorter_and_nothing_is_unknown(made: Path, data: Path) -> None:
    before, after = Tokenizer.read(data / "tokenizer"), Tokenizer.read(made / "tokenizer")
    for split, share in (("train", 0.25), ("test", 0.3)):  # a letter was three bytes
        texts = [text for _, text in clean(made, split, "en-ka")]
        assert len(texts) > 10
        old, new = (sum(len(by.encode(text)) for text in texts) for by in (before, after))
        assert new < share * old
        for text in texts:
            ids = after.encode(text)
            assert 2 not in ids
            assert after.decode(ids) == unicodedata.normalize("NFKC", text)


def test_other_languages_keep_their_pieces(made: Path, data: Path) -> None:
    before, after = Tokenizer.read(data / "tokenizer"), Tokenizer.read(made / "tokenizer")
    texts = [text for pair in clean(made, "train", "en-fr") for text in pair]
    texts += [text for text, _ in clean(made, "train", "en-ka")]
    for text in [*texts, "Все люди", "ሰላም 2019 <2ka> <extra_id_0>"]:
        assert after.encode(text) == before.encode(text)


def test_shards_have_the_new_pieces(made: Path) -> None:
    tokenizer = Tokenizer.read(made / "tokenizer")
    shard = read_by_fairseq(made / "shards" / "train" / "en-ka" / "ka" / "00000")
    texts = [text for _, text in clean(made, "train", "en-ka")]
    assert shard == [[*tokenizer.encode(text), 1] for text in texts]
    assert max(map(max, shard)) > tokenizer.tag("ka")


def test_the_same_inputs_give_the_same_folder(
    made: Path, inputs: dict[str, str], data: Path, tmp_path: Path
) -> None:
    config = BitextConfig(new_pieces=PIECES, new_pieces_languages=["ka"])
    make_bitext([inputs["fr"], inputs["ka"]], data, tmp_path / "out", config)
    assert contents(tmp_path / "out") == contents(made)


def test_the_next_language_is_the_one_without_a_tag(
    made: Path, inputs: dict[str, str], tmp_path: Path
) -> None:
    config = BitextConfig(new_pieces=100)
    make_bitext([inputs["my"], inputs["ka"]], made, tmp_path / "out", config)
    old, new = names(made), names(tmp_path / "out")
    assert new[: len(old) + 1] == [*old, "<2my>"]
    assert len(new) == len(old) + 101
    pieces = [piece.replace("▁", "") for piece in new[len(old) + 1 :]]
    assert all("\u1000" <= letter <= "\u109f" for piece in pieces for letter in piece)
    before, after = Tokenizer.read(made / "tokenizer"), Tokenizer.read(tmp_path / "out/tokenizer")
    assert after.tags == {**before.tags, "my": len(old)}
    for english, georgian in clean(made, "train", "en-ka"):
        for text in (english, georgian):
            assert after.encode(text) == before.encode(text)
    for _, text in clean(tmp_path / "out", "train", "en-my"):
        assert len(after.encode(text)) < len(before.encode(text))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"new_pieces": -1}, "new_pieces is -1: it must be at least 0"),
        ({"new_pieces_languages": ["ka"]}, "new_pieces_languages without new_pieces"),
        ({"new_pieces": 9, "new_pieces_languages": ["Georgian"]}, "did you mean 'ka'"),
        ({"new_pieces": 9, "new_pieces_languages": ["my"]}, "no direction has my"),
        ({"new_pieces": 9}, "has a tag for every target"),
    ],
)
def test_what_cannot_be(
    made: Path, inputs: dict[str, str], tmp_path: Path, settings: dict, said: str
) -> None:
    with pytest.raises(InputError, match=said) as caught:
        make_bitext([inputs["ka"]], made, tmp_path / "out", BitextConfig(**settings))
    assert "\n" not in str(caught.value)
