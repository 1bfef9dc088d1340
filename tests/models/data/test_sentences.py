from pathlib import Path

import numpy as np
import pytest
import tiny_data

from langs.errors import InputError
from models.data.sentences import Sentences

TEXTS = [[5, 6, 1], [7, 1], [8, 9, 10, 1]]


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
