"""The whole stage on small inputs."""

from pathlib import Path

import pytest
import sentencepiece
from bitext_files import clean, contents, read_json
from fairseq_reader import documents as read_by_fairseq

from langs.errors import InputError
from models.data.dictionary import SentinelDictionary
from pipeline.translation.bitext.config import BitextConfig
from pipeline.translation.bitext.job import make_bitext


@pytest.fixture(scope="module")
def made(sample: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("bitext") / "out"
    config = BitextConfig(directions=["en-fr", "*-en"], max_pieces=150)
    make_bitext([str(sample / "en-fr.tsv.gz"), str(sample / "en-sw.tsv.gz")], data, output, config)
    return output


def test_shards_hold_the_pieces_of_the_clean_text_line_by_line(made: Path, data: Path) -> None:
    model = sentencepiece.SentencePieceProcessor(str(data / "tokenizer" / "spm.model"))
    described = read_json(made / "shards" / "shards.json")["splits"]
    for split in ("train", "valid", "test"):
        for pair in ("en-fr", "en-sw"):
            for side, code in enumerate(pair.split("-")):
                shard = made / "shards" / split / pair / code / "00000"
                texts = [texts[side] for texts in clean(made, split, pair)]
                assert read_by_fairseq(shard) == [[*model.encode(text), 1] for text in texts]
                counts = described[split][pair][code]
                assert counts["documents"] == len(texts) > 30
                assert counts["pieces"] == sum(len(model.encode(text)) + 1 for text in texts)
                assert counts["bytes"] == sum(len(text.encode()) for text in texts)


def test_tags_of_target_languages_stand_behind_the_old_ids(made: Path, data: Path) -> None:
    before = SentinelDictionary.read(data / "tokenizer" / "dict.txt")
    after = SentinelDictionary.read(made / "tokenizer" / "dict.txt")
    assert after.symbols == [*before.symbols, "<2en>", "<2fr>"]  # Swahili is no target
    assert after.first_sentinel == before.first_sentinel
    assert read_json(made / "shards" / "shards.json")["vocabulary_size"] == len(after)


def test_the_inputs_own_splits_and_all_counts_add_up(made: Path) -> None:
    removed = read_json(made / "removed.json")
    for pair, entry in removed["pairs"].items():
        assert entry["read"] == 700
        assert entry["read"] == sum(entry["removed"].values()) + sum(entry["kept"].values())
        for split, count in entry["kept"].items():
            assert count == len(clean(made, split, pair))
    assert removed["total"]["read"] == 1400


def test_mixture_has_the_directions_that_were_asked_for(made: Path) -> None:
    mixture = read_json(made / "mixture.json")
    pairs = {pair: len(clean(made, "train", pair)) for pair in ("en-fr", "en-sw")}
    sizes = {"en-fr": pairs["en-fr"], "fr-en": pairs["en-fr"], "sw-en": pairs["en-sw"]}
    assert mixture["sizes"] == sizes
    weights = {name: size**0.3 for name, size in sizes.items()}
    assert mixture["directions"] == pytest.approx(
        {name: weight / sum(weights.values()) for name, weight in weights.items()}
    )


def test_another_mixture_rewrites_the_mixture_alone(
    sample: Path, data: Path, tmp_path: Path
) -> None:
    def make(**settings: object) -> dict[str, bytes]:
        config = BitextConfig(**settings)  # type: ignore[arg-type]
        make_bitext([str(sample / "en-fr.tsv.gz")], data, tmp_path / "out", config)
        return contents(tmp_path / "out")

    first, again, other = make(), make(), make(alpha=1.0, unit="tokens")
    assert first == again
    changed = {name for name in first if first[name] != other[name]}
    assert changed == {"mixture.json", "_SUCCESS.json"}
    with pytest.raises(InputError, match="max_pieces was 256 and is now 20"):
        make(max_pieces=20)
