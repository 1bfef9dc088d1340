from pathlib import Path

import numpy as np
import pytest
import tiny_data
from hypothesis import given, settings
from hypothesis import strategies as st

from langs.errors import InputError
from models.data.shard_files import Sentences, TokenStream

SHARDS = {"00000": [[1, 2, 3], [4]], "00001": [[5, 6]], "00002": [[7]]}
TOKENS = [1, 2, 3, 4, 5, 6, 7]
TEXTS = [[5, 6, 1], [7, 1], [8, 9, 10, 1]]


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> TokenStream:
    folder = tmp_path_factory.mktemp("stream")
    for name, documents in SHARDS.items():
        tiny_data.write_shard(folder / name, documents)
    return TokenStream(folder, list(SHARDS))


def test_documents_stand_end_to_end(stream: TokenStream) -> None:
    assert len(stream) == 7
    assert stream.read(0, 7).tolist() == TOKENS
    assert stream.read(0, 7).dtype == np.int64


@settings(deadline=None)
@given(start=st.integers(0, 50), tokens=st.integers(1, 40))
def test_reads_across_shards_and_around_the_end(
    stream: TokenStream, start: int, tokens: int
) -> None:
    expected = [TOKENS[(start + i) % 7] for i in range(tokens)]
    assert stream.read(start, tokens).tolist() == expected


@pytest.mark.parametrize("content", [b"", b"MMIDIDX", b"not an index, but long enough"])
def test_broken_index(tmp_path: Path, content: bytes) -> None:
    tiny_data.write_shard(tmp_path / "00000", [[1, 2]])
    (tmp_path / "00000.idx").write_bytes(content)
    with pytest.raises(InputError, match=r"00000\.idx"):
        TokenStream(tmp_path, ["00000"])


@pytest.mark.parametrize("dtype", [np.uint16, np.int32, np.int64])
def test_every_type_of_token(tmp_path: Path, dtype: type) -> None:
    large = 60000 if dtype is np.uint16 else 70000
    tiny_data.write_shard(tmp_path / "00000", [[1, 2], [large]], dtype)
    stream = TokenStream(tmp_path, ["00000"])
    assert stream.read(1, 2).tolist() == [2, large]


def test_missing_shard(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        TokenStream(tmp_path, ["00000"])


@pytest.mark.parametrize("dtype", [np.uint16, np.int32])
def test_sentences_in_any_order(tmp_path: Path, dtype: type) -> None:
    tiny_data.write_shard(tmp_path / "00000", TEXTS, dtype)
    sentences = Sentences(tmp_path / "00000")
    assert len(sentences) == 3
    assert [sentences[i].tolist() for i in (2, 0, 1)] == [TEXTS[2], TEXTS[0], TEXTS[1]]
    assert sentences[0].dtype == np.int64
    assert sentences.sizes.tolist() == [3, 2, 4]


@pytest.mark.parametrize("name", ["00000.bin", "00000.idx"])
def test_cut_files_are_refused(tmp_path: Path, name: str) -> None:
    tiny_data.write_shard(tmp_path / "00000", TEXTS)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[:-2])
    with pytest.raises(InputError, match="run `mswitch bitext` again"):
        Sentences(tmp_path / "00000")


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "00000.idx").write_bytes(b"rubbish" * 9)
    (tmp_path / "00000.bin").touch()
    with pytest.raises(InputError, match="no index of a shard"):
        Sentences(tmp_path / "00000")
