import dataclasses
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import sentencepiece
import zstandard
from fairseq_reader import documents as read_by_fairseq
from prepare_data import SENTENCES, write_corpus

from langs import sampling
from langs.errors import InputError
from pipeline.prepare import shard_writer, tokenizer_training
from pipeline.prepare.config import PrepareConfig
from pipeline.prepare.job import prepare
from pipeline.stages import folders

PAGES = {code: 10 + 10 * number for number, code in enumerate(SENTENCES)}
CONFIG = PrepareConfig(vocabulary_size=700)
Texts = dict[str, dict[str, list[str]]]
FAIRSEQ_SPLITS = {"train": "train", "validation": "valid"}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Texts]:
    folder = tmp_path_factory.mktemp("corpus")
    return folder, write_corpus(folder, PAGES, files=2)


@pytest.fixture(scope="module")
def prepared(corpus: tuple[Path, Texts], tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("prepared")
    prepare(corpus[0], output, CONFIG)
    return output


def read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def shards_of(output: Path, split: str, code: str) -> list[list[int]]:
    """All documents of a language, as fairseq reads them."""
    entry = read(output / "shards" / "shards.json")["splits"][split][code]
    ids = []
    for shard in entry["shards"]:
        documents = read_by_fairseq(output / "shards" / split / code / shard["name"])
        assert len(documents) == shard["documents"]
        assert sum(map(len, documents)) == shard["pieces"]
        ids += documents
    return ids


def test_parquet_gives_the_same_tokenizer_and_shards(prepared: Path, tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    write_corpus(tmp_path / "corpus", PAGES, files=2, form="parquet")
    prepare(tmp_path / "corpus", tmp_path / "out", CONFIG)
    made, expected = contents(tmp_path / "out"), contents(prepared)
    for same in (made, expected):  # what they were made from differs
        same.pop("tokenizer/_SUCCESS.json"), same.pop("shards/_SUCCESS.json")
    assert made == expected


def test_shards_hold_the_documents_encoded_directly(
    corpus: tuple[Path, Texts], prepared: Path
) -> None:
    model = str(prepared / "tokenizer" / "spm.model")
    processor = sentencepiece.SentencePieceProcessor(model_file=model)
    described = read(prepared / "shards" / "shards.json")
    for split, name in FAIRSEQ_SPLITS.items():
        assert set(described["splits"][name]) == set(PAGES)
        for code, texts in corpus[1][split].items():
            expected = [[*processor.encode(text), 1] for text in texts]
            assert shards_of(prepared, name, code) == expected
            entry = described["splits"][name][code]
            assert entry["documents"] == len(texts)
            assert entry["pieces"] == sum(map(len, expected))
            assert entry["bytes"] == sum(len(text.encode()) for text in texts)
            assert len(entry["shards"]) == 2  # one for each documents file


def test_the_shards_name_their_tokenizer(prepared: Path) -> None:
    described = read(prepared / "shards" / "shards.json")
    model = (prepared / "tokenizer" / "spm.model").read_bytes()
    assert described["tokenizer_sha256"] == hashlib.sha256(model).hexdigest()
    assert described["vocabulary_size"] == 700
    assert (prepared / "tokenizer" / "dict.txt").read_text().count("\n") == 700


def test_the_mixture_follows_the_statistics(prepared: Path) -> None:
    mixture = read(prepared / "shards" / "mixture.json")
    assert mixture["sizes"] == PAGES
    assert mixture["rates"] == sampling.temperature_rates(PAGES, 0.3)


def test_nothing_else_is_left_behind(prepared: Path) -> None:
    assert sorted(path.name for path in prepared.iterdir()) == ["shards", "tokenizer"]
    assert sorted(path.name for path in (prepared / "shards").iterdir()) == [
        *("_SUCCESS.json", "mixture.csv", "mixture.json", "mixture.svg"),
        *("shards.json", "train", "valid"),
    ]
    assert sorted(path.name for path in (prepared / "tokenizer").iterdir()) == [
        *("_SUCCESS.json", "dict.txt", "spm.model", "spm.vocab")
    ]


def test_two_workers_write_the_same_bytes(
    corpus: tuple[Path, Texts], prepared: Path, tmp_path: Path
) -> None:
    prepare(corpus[0], tmp_path, CONFIG, workers=2)
    assert contents(tmp_path) == contents(prepared)


def test_a_finished_output_is_not_made_again(
    corpus: tuple[Path, Texts], prepared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(prepared)
    refuse_to(monkeypatch, tokenizer_training, "train")
    refuse_to(monkeypatch, shard_writer, "encode")
    prepare(corpus[0], prepared, CONFIG)
    assert contents(prepared) == before


def refuse_to(monkeypatch: pytest.MonkeyPatch, module: object, name: str) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError(f"{name} was called again")

    monkeypatch.setattr(module, name, refuse)


@pytest.mark.parametrize(
    ("config", "difference"),
    [
        (PrepareConfig(vocabulary_size=600), "vocabulary_size was 700 and is now 600"),
        (PrepareConfig(vocabulary_size=700, tokenizer_alpha=0.5), "tokenizer_alpha was 0.3 and is"),
        (PrepareConfig(vocabulary_size=700, shard_bytes=99), "shard_bytes was 268435456"),
    ],
)
def test_an_output_of_other_settings_is_refused(
    corpus: tuple[Path, Texts], prepared: Path, config: PrepareConfig, difference: str
) -> None:
    with pytest.raises(InputError, match=difference):
        prepare(corpus[0], prepared, config)


def shards_only(output: Path) -> dict[str, bytes]:
    return {name: data for name, data in contents(output).items() if name.startswith("shards/")}


def test_a_given_tokenizer_makes_the_same_shards(
    corpus: tuple[Path, Texts], prepared: Path, tmp_path: Path
) -> None:
    prepare(corpus[0], tmp_path, CONFIG, tokenizer=prepared / "tokenizer")
    made, expected = shards_only(tmp_path), shards_only(prepared)
    for each in (made, expected):
        each.pop("shards/_SUCCESS.json")  # tells the tokenizer's folder
    assert made == expected


@pytest.mark.parametrize(
    "changed",
    [{"alpha": 1.0}, {"method": "unimax", "max_epochs": 2}, {"unit": "bytes"}, {"token_budget": 9}],
)
def test_another_mixture_runs_sampling_alone_and_is_other_data_for_the_training(
    corpus: tuple[Path, Texts],
    prepared: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    changed: dict,
) -> None:
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    before, data = contents(tmp_path), folders.fingerprint({}, {"data": tmp_path / "shards"})
    refuse_to(monkeypatch, tokenizer_training, "train")
    refuse_to(monkeypatch, shard_writer, "encode")
    config = dataclasses.replace(CONFIG, **changed)
    mixture = prepare(corpus[0], tmp_path, config)
    after = contents(tmp_path)
    names = {name for name in before | after if before.get(name) != after.get(name)}
    assert names <= {f"shards/mixture.{end}" for end in ("json", "csv", "svg")} | {
        "shards/_SUCCESS.json"
    }
    assert read(tmp_path / "shards/mixture.json") == mixture
    assert folders.fingerprint({}, {"data": tmp_path / "shards"}) != data
    assert mixture["unit"] == config.unit
    assert prepare(corpus[0], tmp_path, CONFIG)["rates"] == sampling.temperature_rates(PAGES, 0.3)
    assert contents(tmp_path) == before


def test_an_interrupted_run_continues_and_ends_the_same(
    corpus: tuple[Path, Texts], prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt_after(monkeypatch, "encode", calls=5)
    with pytest.raises(Exception, match="interrupted"):
        prepare(corpus[0], tmp_path, CONFIG)
    monkeypatch.undo()
    done = {path.with_suffix("") for path in tmp_path.glob("shards/parts/*/*/*.json")}
    assert len(done) == 5
    original, encoded = shard_writer.encode, []
    monkeypatch.setattr(shard_writer, "encode", lambda *a: encoded.append(1) or original(*a))
    prepare(corpus[0], tmp_path, CONFIG)
    assert len(encoded) == 4 * len(PAGES) - 5
    assert contents(tmp_path) == contents(prepared)


def interrupt_after(monkeypatch: pytest.MonkeyPatch, name: str, calls: int) -> None:
    original: Callable = getattr(shard_writer, name)
    counted = 0

    def call(*arguments: object) -> object:
        nonlocal counted
        counted += 1
        if counted > calls:
            raise KeyError("interrupted")
        return original(*arguments)

    monkeypatch.setattr(shard_writer, name, call)


def test_large_languages_get_several_shards(
    corpus: tuple[Path, Texts], prepared: Path, tmp_path: Path
) -> None:
    small = PrepareConfig(vocabulary_size=700, shard_bytes=2000)
    prepare(corpus[0], tmp_path, small, tokenizer=prepared / "tokenizer")
    sizes = [path.stat().st_size for path in tmp_path.glob("shards/train/zh/*.bin")]
    assert len(sizes) == 4  # two for each documents file
    assert max(sizes) <= 2000
    assert shards_of(tmp_path, "train", "zh") == shards_of(prepared, "train", "zh")


def test_a_corpus_that_is_missing_or_unfinished_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere is no folder"):
        prepare(tmp_path / "nowhere", tmp_path / "out", CONFIG)
    with pytest.raises(InputError, match="is not finished"):
        prepare(tmp_path, tmp_path / "out", CONFIG)


def test_documents_that_the_statistics_do_not_count_are_an_error(
    prepared: Path, tmp_path: Path
) -> None:
    write_corpus(tmp_path / "corpus", {"en": 4, "ru": 4})
    (tmp_path / "corpus/documents/ru/train-00000-of-00001.jsonl.zst").unlink()
    with pytest.raises(InputError, match=r"has 0 train documents in 'ru', but .* counts 4"):
        prepare(tmp_path / "corpus", tmp_path / "out", CONFIG, tokenizer=prepared / "tokenizer")


def test_damaged_documents_are_one_line_for_the_user(
    prepared: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_corpus(tmp_path / "corpus", {"en": 4})
    damaged = tmp_path / "corpus/documents/en/train-00000-of-00001.jsonl.zst"
    damaged.write_bytes(zstandard.compress(b'{"text": "cut o'))
    with pytest.raises(InputError, match=r"is damaged .*; run mswitch corpus again$") as caught:
        prepare(tmp_path / "corpus", tmp_path / "out", CONFIG, tokenizer=prepared / "tokenizer")
    assert str(caught.value).startswith(str(damaged))
    assert capfd.readouterr().err.count("\n") <= 1  # the progress; no traceback


@pytest.mark.parametrize(
    "wrong",
    [
        {"method": "best"},
        {"unit": "pages"},
        {"vocabulary_size": 300},
        {"character_coverage": 0.5},
        {"shard_bytes": 0},
        {"token_budget": -1},
    ],
)
def test_settings_out_of_range_are_refused(
    corpus: tuple[Path, Texts], tmp_path: Path, wrong: dict
) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        prepare(corpus[0], tmp_path, PrepareConfig(**wrong))
