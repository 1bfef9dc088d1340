import gzip
from pathlib import Path

import pytest

from pipeline.prepare import tokenizer_training
from pipeline.prepare.config import PrepareConfig

SAMPLE = Path(__file__).parents[4] / "pipeline" / "sample" / "parallel"


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
    tokenizer_training.write(
        folder / "tokenizer", tokenizer_training.train(config, sentences), sentences
    )
    return folder


@pytest.fixture(scope="session")
def sample() -> Path:
    """The folder of translation pairs that ships."""
    return SAMPLE
