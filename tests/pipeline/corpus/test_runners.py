"""The same bytes on every runner that runs on one machine, a Dask cluster of processes too."""

import dataclasses
import os
import random
from collections.abc import Iterable, Iterator
from pathlib import Path

import apache_beam as beam
import pytest
from distributed import LocalCluster
from prepare_data import text
from wet_files import packed, record

from langs.errors import InputError
from pipeline.corpus.config import preset
from pipeline.corpus.job import TIMING, make_corpus
from pipeline.prepare.config import PrepareConfig
from pipeline.prepare.job import prepare
from pipeline.stages.beam import pipeline_options, run

CONFIG = dataclasses.replace(
    preset("sample"),
    min_pages_per_language=1,
    near_duplicate_likeness=0.8,
    max_copied_run_share=0.5,
    shard_bytes=4000,
)
PREPARE = PrepareConfig(vocabulary_size=440)


@pytest.fixture(scope="module")
def cluster() -> Iterator[list[str]]:
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as started:
        address = f"--dask_client_address={started.scheduler_address}"
        yield ["--runner=DaskRunner", address, "--dask_npartitions=2"]


def pages(seed: int) -> list[bytes]:
    """Pages in three languages: some lines, texts and URLs come several times."""
    chance = random.Random(seed)
    texts = [
        page.replace("\n", ".\n") + "." for code in ("ar", "en", "ru") for page in text(code, 20)
    ]
    return [
        record(
            f"http://site{chance.randrange(40)}.org/{seed}",
            chance.choice(texts) + "\n" + chance.choice(texts),
            date=f"2024-01-{number % 28 + 1:02d}T00:00:00Z",
        )
        for number in range(60)
    ]


def made(folder: Path, name: str, workers: int, options: list[str]) -> dict[str, bytes]:
    """All bytes of a corpus, tokenizer and shards that a runner made."""
    corpus, prepared = folder / name / "corpus", folder / name / "prepared"
    make_corpus([f"{folder}/*.wet.gz"], corpus, CONFIG, workers, options)
    prepare(corpus, prepared, PREPARE, workers=workers, beam_options=options)
    return {
        str(path.relative_to(folder / name)): path.read_bytes()
        for path in sorted((folder / name).rglob("*"))
        if path.is_file() and path.name != TIMING
    }


def test_every_runner_writes_the_same_bytes(tmp_path: Path, cluster: list[str]) -> None:
    for number in range(3):
        (tmp_path / f"{number}.wet.gz").write_bytes(packed(pages(number)))
    here = made(tmp_path, "memory", 1, ["--runner=DirectRunner"])
    assert made(tmp_path, "processes", 2, []) == here
    assert made(tmp_path, "dask", 1, cluster) == here
    assert sum(name.startswith("corpus/documents") for name in here) > 2
    assert any(name.endswith(".bin") for name in here)


def fail(number: int) -> None:
    raise (InputError("give another file") if number else OSError(28, "No space left", "/disk"))


@pytest.mark.parametrize("number", [0, 1])
def test_an_error_on_a_cluster_comes_back_as_one_line(number: int, cluster: list[str]) -> None:
    with pytest.raises((InputError, OSError), match=r"give another file|No space left"):
        run(pipeline_options(cluster, 1), lambda p: p | beam.Create([number]) | beam.Map(fail))


def note(numbers: tuple[int, Iterable[int]], folder: Path) -> None:
    (folder / f"{numbers[0]}").write_text(f"{sum(numbers[1])} {os.getpid()}")


def test_the_cluster_does_the_work_in_its_own_processes(tmp_path: Path, cluster: list[str]) -> None:
    run(
        pipeline_options(cluster, 1),
        lambda p: (
            p
            | beam.Create([(number % 5, number) for number in range(100)])
            | beam.GroupByKey()
            | beam.Map(note, tmp_path)
        ),
    )
    found = [path.read_text().split() for path in tmp_path.iterdir()]
    assert sorted(int(total) for total, _ in found) == [950, 970, 990, 1010, 1030]
    assert str(os.getpid()) not in {process for _, process in found}
