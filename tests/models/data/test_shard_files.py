from pathlib import Path

import numpy as np
import pytest
import tiny_data
from hypothesis import given, settings
from hypothesis import strategies as st
from models.data.token_stream import TokenStream

from langs.errors import InputError

SHARDS = {"00000": [[1, 2, 3], [4]], "00001": [[5, 6]], "00002": [[7]]}
TOKENS = [1, 2, 3, 4, 5, 6, 7]


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
