"""Near-duplicate pages: found by MinHash bands, decided by their exact likeness.

A page goes if a near-duplicate of it has a smaller URL hash. So of two near-duplicates at most one
stays, whatever else is in the corpus, and no order of files or workers matters. Rows of bands go
through Beam; the shingles wait in the work folder (`shingle_files`).
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
from apache_beam.pvalue import PCollection
from numpy.typing import NDArray

from pipeline.corpus.candidates import candidates_path, read_candidates
from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.duplicates.hashes import PAGE, Rows, by_bucket, by_file, join, url_digest
from pipeline.corpus.duplicates.minhash import band_hashes, banding, likeness, shingles
from pipeline.corpus.duplicates.shingle_files import ShingleReader, ShingleWriter
from pipeline.corpus.statistics.funnel import Key

BAND = np.dtype(
    [
        ("band", "<u8"),  # hash of the band's values
        ("url", "<u8"),  # of the page, as the following
        ("file", "<u4"),
        ("page", "<u4"),
    ]
)

_MOST_COMPARED = 100  # pages of a band that one is compared with: those with the smallest URLs
_PAGES_IN_MEMORY = 1_000
_PAIRS_IN_MEMORY = 100_000

Place = tuple[int, int]  # file, page


def band_rows(hashes: NDArray[np.uint64], url: int, file: int, page: int) -> Rows:
    """The rows of one page."""
    rows = np.empty(len(hashes), BAND)
    rows["band"], rows["url"], rows["file"], rows["page"] = hashes, url, file, page
    return rows


def near_copies(rows: Rows, least: float, reader: ShingleReader) -> Rows:
    """A row of each page that has a near-duplicate with a smaller URL hash in a common band.

    `rows`: of each band all or none. `least`: Jaccard index that makes a near-duplicate.
    """
    read = lru_cache(_PAGES_IN_MEMORY)(reader.read)

    @lru_cache(_PAIRS_IN_MEMORY)
    def is_near(page: Place, other: Place) -> bool:
        return likeness(read(*page), read(*other)) >= least

    rows = rows[np.lexsort((rows["page"], rows["file"], rows["url"], rows["band"]))]
    gone: dict[Place, int] = {}
    for start, end in _shared(rows["band"]):
        part = rows[start:end]
        places = list(zip(part["file"].tolist(), part["page"].tolist(), strict=True))
        for number, place in enumerate(places):
            smaller = places[: min(number, _MOST_COMPARED)]
            if place not in gone and any(is_near(place, other) for other in smaller):
                gone[place] = start + number
    return rows[sorted(gone.values())]


def _shared(bands: NDArray[np.uint64]) -> Iterator[tuple[int, int]]:
    """Start and end of the rows of each band that several pages share, in sorted bands."""
    changes = np.flatnonzero(bands[1:] != bands[:-1]) + 1
    edges = np.concatenate(([0], changes, [len(bands)]))
    several = np.flatnonzero(np.diff(edges) > 1)
    yield from zip(edges[several].tolist(), edges[several + 1].tolist(), strict=True)


def near_pages(
    files: PCollection, dropped: PCollection, work: Path, config: CorpusConfig
) -> tuple[PCollection, PCollection]:
    """Near-duplicates among the candidates as (file, page rows), and their counts.

    `files`: (file, its path); `dropped`: (file, page rows) that are gone before.
    """
    gone = (
        {"path": files, "dropped": dropped}
        | "LeftByFile" >> beam.CoGroupByKey()
        | "Bands" >> beam.FlatMap(_bands, work, config)
        | "ByBand" >> beam.GroupByKey()
        | "NearCopies" >> beam.FlatMap(_near_copies, work, config.near_duplicate_likeness)
        | "NearByFile" >> beam.GroupByKey()
        | "NearOnce" >> beam.Map(_once)
    )
    return gone, gone | "CountNear" >> beam.Map(_count)


def _bands(
    group: tuple[int, dict[str, Iterable[Any]]], work: Path, config: CorpusConfig
) -> Iterator[tuple[int, Rows]]:
    file, blocks = group
    dropped = join(list(blocks["dropped"]), PAGE)["page"]
    rows = band_file(file, dropped, work, config)
    yield from by_bucket(rows, "band", config.hash_buckets)


def band_file(file: int, dropped: NDArray[np.integer], work: Path, config: CorpusConfig) -> Rows:
    """The band rows of the candidates of an input file but for the `dropped` page numbers.

    Writes their shingles into the work folder. OSErrors pass up.
    """
    bands, gone = banding(config.near_duplicate_likeness), set(dropped.tolist())
    rows = [np.empty(0, BAND)]
    with ShingleWriter(work, file) as writer:
        for candidate in read_candidates(candidates_path(work, file)):
            if candidate.page in gone:
                continue
            page_shingles = shingles(candidate.text, config.near_duplicate_words)
            if len(page_shingles):
                writer.add(candidate.page, page_shingles)
                url = int.from_bytes(url_digest(candidate.url)[:8], "big")
                hashes = band_hashes(page_shingles, bands)
                rows.append(band_rows(hashes, url, file, candidate.page))
    return np.concatenate(rows)


def _near_copies(
    group: tuple[int, Iterable[Rows]], work: Path, least: float
) -> Iterator[tuple[int, Rows]]:
    yield from by_file(near_copies(join(list(group[1]), BAND), least, ShingleReader(work)))


def _once(group: tuple[int, Iterable[Rows]]) -> tuple[int, Rows]:
    """The pages of a file, each once though several bands may have found it."""
    file, blocks = group
    numbers = np.unique(join(list(blocks), BAND)["page"])
    pages = np.zeros(len(numbers), PAGE)
    pages["file"], pages["page"] = file, numbers
    return file, pages


def _count(group: tuple[int, Rows]) -> tuple[Key, int]:
    return ("dropped", "near_duplicates", "copy"), len(group[1])
