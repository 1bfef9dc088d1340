import io
import json
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from langs.errors import InputError
from pipeline.corpus import documents
from pipeline.corpus.documents import (
    FORMATS,
    batches,
    files,
    read_documents,
    shard_path,
    write_documents,
)

DOCUMENTS = [
    {
        "text": f"text {n}\n中文 \U0001f600",
        "url": f"http://x/{n}",
        "timestamp": None if n % 3 == 0 else "2024-05-18T01:58:10Z",
        "language": "zh",
        "language_probability": n / 64,
        "id": f"{n:032x}",
    }
    for n in range(20)
]
LINES = [json.dumps(each, ensure_ascii=False).encode() for each in DOCUMENTS]


def write(corpus: Path, form: str, lines=LINES, shard: int = 0, shards: int = 1) -> Path:
    path = shard_path(corpus, "zh", "train", shard, shards, form)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        write_documents(stream, lines, form)
    return path


@pytest.mark.parametrize("form", FORMATS)
def test_what_was_written_is_read(tmp_path, form):
    path = write(tmp_path, form)
    assert path.name == f"train-00000-of-00001{FORMATS[form]}"
    assert list(read_documents(path)) == DOCUMENTS
    assert files(tmp_path, "zh", "train") == [path]
    assert list(read_documents(write(tmp_path, form, []))) == []


@pytest.mark.parametrize("form", FORMATS)
def test_duckdb_reads_them_without_a_word_of_explanation(tmp_path, form):
    write(tmp_path, form, LINES[:12], 0, 2)
    write(tmp_path, form, LINES[12:], 1, 2)
    columns = "text, url, language, language_probability, id"
    query = f"SELECT {columns} FROM '{tmp_path}/documents/*/train-*{FORMATS[form]}' ORDER BY id"
    rows = duckdb.sql(query).fetchall()
    assert rows == [tuple(each[name] for name in columns.split(", ")) for each in DOCUMENTS]


def test_row_groups_of_parquet_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(documents, "_GROUP_BYTES", 3 * len(LINES[0]))
    path = write(tmp_path, "parquet")
    groups = pq.ParquetFile(path).metadata
    assert groups.num_row_groups > 5
    assert list(read_documents(path)) == DOCUMENTS


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "damage", [lambda data: data[:-20], lambda data: data[:60] + b"\xff" * 20 + data[80:]]
)
def test_damage_is_told_in_one_line(tmp_path, form, damage):
    path = write(tmp_path, form)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(InputError, match=r"is damaged .* run mswitch corpus again"):
        list(read_documents(path))


def test_a_missing_file_is_none_of_ours(tmp_path):
    with pytest.raises(FileNotFoundError):
        list(read_documents(tmp_path / "none.parquet"))


def test_the_same_documents_give_the_same_bytes():
    made = [io.BytesIO(), io.BytesIO()]
    for stream in made:
        write_documents(stream, LINES, "parquet")
    assert made[0].getvalue() == made[1].getvalue()


def test_batches_by_hand() -> None:
    assert list(batches(["ab", "c", "defg", "h"], 3)) == [["ab", "c"], ["defg"], ["h"]]
    assert list(batches([], 3)) == []


@given(st.lists(st.binary(max_size=5)), st.integers(1, 12))
def test_nothing_is_lost_and_only_the_last_is_short(texts: list[bytes], least: int) -> None:
    made = list(batches(texts, least))
    assert [text for batch in made for text in batch] == texts
    for batch in made[:-1]:
        assert len(b"".join(batch)) >= least > len(b"".join(batch[:-1]))
