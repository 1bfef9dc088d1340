from pathlib import Path

import numpy as np
import pytest
import sentencepiece
from fairseq_reader import documents as read_by_fairseq
from fairseq_reader import indexed_dataset
from hypothesis import given, settings
from hypothesis import strategies as st
from prepare_data import SENTENCES, text

from pipeline.prepare import shard_writer, tokenizer_training
from pipeline.prepare.config import PrepareConfig
from pipeline.prepare.shard_writer import Part, ShardWriter

DTYPES = [np.dtype(np.uint16), np.dtype(np.int32)]


@pytest.fixture(scope="module")
def processor() -> sentencepiece.SentencePieceProcessor:
    lines = [line for code in SENTENCES for page in text(code, 20) for line in page.split("\n")]
    model = tokenizer_training.train(PrepareConfig(vocabulary_size=650), lines)
    return sentencepiece.SentencePieceProcessor(model_proto=model)


def write(path: Path, documents: list[list[int]], dtype: np.dtype) -> shard_writer.Shard:
    writer = ShardWriter(path, dtype)
    for ids in documents:
        writer.add(np.array(ids), 10)
    return writer.close()


@pytest.mark.parametrize("dtype", DTYPES)
def test_fairseq_reads_what_is_written(tmp_path: Path, dtype: np.dtype) -> None:
    documents = [[5, 6, 7, 1], [1], [60_000, 3, 1]]
    shard = write(tmp_path / "00000", documents, dtype)
    assert (shard.name, shard.documents, shard.pieces, shard.bytes) == ("00000", 3, 8, 30)
    assert read_by_fairseq(tmp_path / "00000") == documents


@settings(max_examples=20)
@given(st.lists(st.lists(st.integers(0, 65_000), min_size=1, max_size=9), min_size=1, max_size=9))
def test_files_are_the_same_as_fairseq_builds(documents: list[list[int]]) -> None:
    import tempfile

    import torch

    with tempfile.TemporaryDirectory() as name:
        for dtype in DTYPES:
            folder = Path(name)
            write(folder / "ours", documents, dtype)
            builder = indexed_dataset.MMapIndexedDatasetBuilder(folder / "f.bin", dtype.type)
            for ids in documents:
                builder.add_item(torch.tensor(ids))
            builder.finalize(str(folder / "f.idx"))
            for ending in (".bin", ".idx"):
                theirs = (folder / f"f{ending}").read_bytes()
                assert (folder / f"ours{ending}").read_bytes() == theirs


def test_ids_take_two_bytes_where_the_vocabulary_allows() -> None:
    assert shard_writer.id_type(8000) == np.uint16
    assert shard_writer.id_type(65_499) == np.uint16
    assert shard_writer.id_type(65_500) == np.int32
    assert shard_writer.id_type(250_100) == np.int32


def test_documents_are_encoded_in_order_with_eos(
    processor: sentencepiece.SentencePieceProcessor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shard_writer, "_BATCH_CHARACTERS", 700)  # several documents in a batch
    pages = [page for code in SENTENCES for page in text(code, 5)]
    encoded = list(shard_writer.encode(processor, pages, DTYPES[0]))
    assert [ids.tolist() for ids, _ in encoded] == [[*processor.encode(p), 1] for p in pages]
    assert [size for _, size in encoded] == [len(page.encode()) for page in pages]


def test_a_very_long_document_is_encoded_in_parts_to_the_same_ids(
    processor: sentencepiece.SentencePieceProcessor, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = " ".join(text("en", 20))
    whole = [*processor.encode(page), 1]
    monkeypatch.setattr(shard_writer, "_BATCH_CHARACTERS", 100)
    [(ids, size)] = shard_writer.encode(processor, [page], DTYPES[1])
    assert ids.tolist() == whole
    assert size == len(page.encode())


def made_parts(folder: Path) -> list[Part]:
    """Two parts of English (two shards and one) and one of Swahili, done but not published."""
    import json
    from dataclasses import asdict

    parts = [
        Part("train", code, "", str(folder / "parts" / code / f"{number:05d}"))
        for code, number in (("en", 0), ("en", 1), ("sw", 0))
    ]
    for index, part in enumerate(parts):
        output = Path(part.output)
        output.parent.mkdir(parents=True, exist_ok=True)
        shards = [
            write(output.with_name(f"{output.name}-{k:05d}"), [[10 * index + k, 1]], DTYPES[0])
            for k in range(2 if index == 0 else 1)
        ]
        shard_writer.record(output).write_text(json.dumps([asdict(shard) for shard in shards]))
    return parts


def first_ids(folder: Path) -> dict[str, int]:
    return {
        f"{path.parent.name}/{path.stem}": int(np.fromfile(path, np.uint16)[0])
        for path in sorted(folder.glob("train/*/*.bin"))
    }


def test_published_shards_are_numbered_through_all_parts_of_a_language(tmp_path: Path) -> None:
    splits = shard_writer.publish(made_parts(tmp_path), tmp_path)
    assert first_ids(tmp_path) == {"en/00000": 0, "en/00001": 1, "en/00002": 10, "sw/00000": 20}
    english = splits["train"]["en"]
    assert [shard["name"] for shard in english["shards"]] == ["00000", "00001", "00002"]
    assert (english["documents"], english["pieces"], english["bytes"]) == (3, 6, 30)
    assert splits["valid"] == {}


def test_publishing_goes_on_where_it_was_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = made_parts(tmp_path)
    moves = 0

    def fail_in_the_middle(source: Path, target: Path) -> Path:
        nonlocal moves
        moves += 1
        if moves == 4:
            raise OSError("killed")
        return original(source, target)

    original = Path.replace
    monkeypatch.setattr(Path, "replace", fail_in_the_middle)
    with pytest.raises(OSError, match="killed"):
        shard_writer.publish(parts, tmp_path)
    monkeypatch.undo()
    interrupted = shard_writer.publish(parts, tmp_path)
    assert first_ids(tmp_path) == {"en/00000": 0, "en/00001": 1, "en/00002": 10, "sw/00000": 20}
    assert interrupted["train"]["en"]["documents"] == 3
