"""Small corpus jobs: pages made of words, what comes out, and whether its counts close."""

import dataclasses
import itertools
import random
from pathlib import Path

from wet_files import record

from pipeline.corpus.config import CorpusConfig, preset
from pipeline.corpus.documents import read_documents
from pipeline.corpus.job import TIMING, make_corpus

CONFIG = dataclasses.replace(
    preset("sample"), min_pages_per_language=1, validation_share=0.0, min_validation_pages=0
)
WORDS = [
    "the",
    "harbour",
    "committee",
    "heard",
    "on",
    "Tuesday",
    "how",
    "many",
    "ships",
    "had",
    "come",
    "in",
    "during",
    "the",
    "long",
    "winter",
    "and",
    "what",
    "their",
    "captains",
    "had",
    "told",
    "the",
    "people",
    "of",
    "the",
    "town",
    "about",
    "the",
    "weather",
    "out",
    "at",
    "sea",
]


def sentence(seed: object) -> str:
    """An English sentence that no other seed gives."""
    chosen = random.Random(str(seed)).choices(WORDS, k=12)
    return f"{' '.join(chosen).capitalize()} of number {seed}."


def text(*seeds: object) -> str:
    return "\n".join(sentence(seed) for seed in seeds)


def make(folder: Path, *files: bytes, config: CorpusConfig = CONFIG, name: str = "out", **options):
    """Run the job on files with these contents; returns statistics and documents by URL."""
    folder.mkdir(exist_ok=True)
    for number, content in enumerate(files):
        (folder / f"{number}.wet.gz").write_bytes(content)
    found = make_corpus([f"{folder}/*.wet.gz"], folder / name, config, 1, **options)
    return found, documents(folder / name)


def documents(corpus: Path) -> dict[str, str]:
    paths = sorted((corpus / "documents").glob("*/*.*"))
    return {doc["url"]: doc["text"] for path in paths for doc in read_documents(path)}


def content(folder: Path) -> dict[str, bytes]:
    """Every file of a folder but the one that tells times."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != TIMING
    }


def reasons(statistics, step: str) -> dict[str, int]:
    return next(row["reasons"] for row in statistics["funnel"] if row["filter"] == step)


def assert_closed(statistics) -> None:
    """Every page that went in came out or is told of."""
    funnel = statistics["funnel"]
    for before, after in itertools.pairwise(funnel):
        assert after["pages_in"] == before["pages_out"]
    for row in funnel:
        assert row["pages_in"] == row["pages_out"] + sum(row["reasons"].values())
    parts = [part for splits in statistics["languages"].values() for part in splits.values()]
    written = sum(part["documents"] for part in parts)
    assert written == funnel[-1]["pages_out"]
    assert statistics["rejected"]["records"] == sum(funnel[0]["reasons"].values())


def many_pages(seed: int) -> list[bytes]:
    """Pages with shared lines, copies and several versions, in a random order."""
    chance = random.Random(seed)
    pages = [
        record(
            f"http://site{chance.randrange(40)}.org/{chance.randrange(2)}",
            text(*chance.sample(range(150), chance.randrange(2, 7))),
            date=f"20{chance.randrange(10, 24)}-01-{n % 28 + 1:02d}T00:00:{n % 60:02d}Z",
        )
        for n in range(120)
    ]
    return [
        *pages,
        record("http://copy.org/1", text(1, 2, 3)),
        record("http://c.org", text(1, 2, 3)),
    ]
