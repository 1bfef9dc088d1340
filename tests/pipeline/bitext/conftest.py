import gzip
import sys
from pathlib import Path

import pytest

from pipeline.corpus import tokenizer
from pipeline.corpus.config import PrepareConfig

# bitext_files.py is shared by the tests of this folder; fairseq_reader.py by those of the corpus.
sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "corpus")]

SAMPLE = Path(__file__).parents[3] / "pipeline" / "sample" / "parallel"


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tokenizer of 900 ids, learned from a little English, French and Swahili."""
    folder = tmp_path_factory.mktemp("prepared")
    sentences = [
        field
        for code in ("fr", "sw")
        for line in gzip.decompress((SAMPLE / f"en-{code}.tsv.gz").read_bytes()).split(b"\n")[1:200]
        for field in line.decode().split("\t")[2:]
    ]
    config = PrepareConfig(vocabulary_size=900, character_coverage=0.99)
    (folder / "tokenizer").mkdir()
    tokenizer.write(folder / "tokenizer", tokenizer.train(config, sentences), sentences)
    return folder


@pytest.fixture(scope="session")
def sample() -> Path:
    """The folder of translation pairs that ships."""
    return SAMPLE
